/** Proofs of accounts and slots, there or not, from memory and from a store, and forged ones. */

import { verifyMerkleProof } from '@ethereumjs/trie'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import type { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bytesToBigInt } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { InvalidProofError, verifyAccountProof } from '@shredcast/shared/trie/proof'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressOf, nextChanges, slotKeyOf } from '../kit/state-history.ts'
import { StateOutcome } from '../kit/state-outcome.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'

const SIZE = { accounts: 40, slots: 30, changes: 20, isRecorded: true }
const ACCOUNTS = Array.from({ length: SIZE.accounts }, (_, index) => addressOf(index))
const SLOTS = Array.from({ length: SIZE.slots }, (_, index) => slotKeyOf(index))

describe('proofs', () => {
  const store = new TrieNodeMap()
  let trie: SparseTrie
  let outcome: StateOutcome
  let root: Uint8Array

  beforeAll(async () => {
    trie = await createSparseTrie('debug')
  })

  beforeEach(() => {
    const random = createRandom(5)
    outcome = new StateOutcome()
    store.nodes.clear()
    trie.reset([])
    trie.readFrom(store)
    for (let block = 0; block < 30; block++) {
      const changes = nextChanges(random, SIZE)
      outcome.apply(changes)
      trie.apply(changes)
    }
    root = trie.root()
    trie.writeOut(store)
  })

  /** Every account and slot of the world, the absent ones too. */
  function expectAllProven(): void {
    const known = new Map(outcome.accounts().map((account) => [String(account.address), account]))
    expect(known.size).toBeGreaterThan(5)
    expect(known.size).toBeLessThan(SIZE.accounts)
    for (const address of ACCOUNTS) {
      const proof = trie.proof(address, SLOTS)
      verifyAccountProof(root, proof)
      const account = known.get(String(address))
      expect(proof.nonce).toBe(account?.nonce ?? 0n)
      expect(proof.balance).toBe(account?.balance ?? 0n)
      const values = new Map(account?.storage.map(({ key, value }) => [String(key), value]))
      for (const { key, value } of proof.storageProof) {
        expect(value).toEqual(values.get(String(key)) ?? new Uint8Array(32))
      }
    }
  }

  it('are right for every account and slot in memory', () => {
    expectAllProven()
  })

  it('are right when the nodes have to be read first', () => {
    trie.prune(0)
    const before = store.reads
    expectAllProven()
    expect(store.reads).toBeGreaterThan(before)
  })

  it('are right of a trie that was just opened', () => {
    trie.open(root)
    expectAllProven()
  })

  it('show changes that are not written out yet', () => {
    const address = addressOf(SIZE.accounts + 1)
    trie.apply([{ address, balance: 77n, slots: [{ key: SLOTS[0]!, value: SLOTS[9]! }] }])
    const proof = trie.proof(address, SLOTS.slice(0, 2))
    verifyAccountProof(trie.root(), proof)
    expect(proof.balance).toBe(77n)
    expect(proof.storageProof.map(({ value }) => bytesToBigInt(value))).toEqual([9n, 0n])
  })

  it('are accepted by @ethereumjs/trie', async () => {
    for (const { address, storage } of outcome.accounts()) {
      const proof = trie.proof(
        address,
        storage.map(({ key }) => key),
      )
      const options = { useKeyHashing: true, root }
      const account = await verifyMerkleProof(address, [...proof.accountProof], options)
      expect(account).not.toBeNull()
      for (const slot of proof.storageProof) {
        const nodes = [...slot.proof]
        const value = await verifyMerkleProof(slot.key, nodes, {
          ...options,
          root: proof.storageRoot,
        })
        expect(value).not.toBeNull()
      }
    }
  })

  it('of an empty state and of a state of one account', () => {
    trie.reset([])
    verifyAccountProof(trie.root(), trie.proof(ACCOUNTS[0]!, SLOTS))
    trie.apply([{ address: ACCOUNTS[0]!, balance: 1n, slots: [] }])
    verifyAccountProof(trie.root(), trie.proof(ACCOUNTS[0]!, SLOTS))
    verifyAccountProof(trie.root(), trie.proof(ACCOUNTS[1]!, SLOTS))
  })

  it('are refused when anything in them is changed', () => {
    const { address, storage } = outcome.accounts().find((one) => one.storage.length > 3)!
    const proof = trie.proof(address, [storage[0]!.key])
    verifyAccountProof(root, proof)
    for (const forged of forgeries(proof)) {
      expect(() => verifyAccountProof(root, forged)).toThrow(InvalidProofError)
    }
  })
})

function forgeries(proof: AccountProof): AccountProof[] {
  const { accountProof, storageProof } = proof
  const slot = storageProof[0]!
  const changedNodes = accountProof.map((rlp, index) => {
    const changed = Uint8Array.from(rlp)
    changed[changed.length - 5]! ^= 1
    return accountProof.with(index, changed)
  })
  return [
    { ...proof, balance: proof.balance + 1n },
    { ...proof, nonce: proof.nonce + 1n },
    { ...proof, address: addressOf(SIZE.accounts + 5) },
    { ...proof, codeHash: new Uint8Array(32) },
    { ...proof, storageRoot: new Uint8Array(32) },
    { ...proof, accountProof: accountProof.slice(0, -1) },
    { ...proof, accountProof: [...accountProof, accountProof[0]!] },
    { ...proof, accountProof: [] },
    { ...proof, storageProof: [{ ...slot, value: new Uint8Array(32).fill(1) }] },
    { ...proof, storageProof: [{ ...slot, proof: slot.proof.slice(1) }] },
    { ...proof, storageProof: [{ ...slot, proof: [Uint8Array.of(0xc1)] }] },
    ...changedNodes.map((nodes) => ({ ...proof, accountProof: nodes })),
  ]
}
