/** Where the trie's regions end, and a store that does not have what it must. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { createCoreThread, loadWord, storeWord } from '@shredcast/shared/engine/core-thread'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { TrieNodeError } from '@shredcast/shared/engine/trie-nodes'
import { HALT_TRIE_ARENA_FULL } from '@shredcast/shared/layout/control'
import {
  CHUNK_BYTES,
  HOST_WORKER,
  TRIE_ARENA_BYTES,
  TRIE_OFFSET,
  TRIE_STAGE_BYTES,
} from '@shredcast/shared/layout/memory-map'
import {
  STAGED_SLOT_COUNT_MAX,
  TRIE_CHUNKS,
  TRIE_STAGED_BYTES,
} from '@shredcast/shared/layout/trie'
import { bigIntToBytes, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addressOf, slotKeyOf } from '../kit/state-history.ts'
import { StateRoot } from '../kit/state-root.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'

const ACCOUNTS = 2000
const accounts = (balance: bigint) =>
  Array.from({ length: ACCOUNTS }, (_, index): StateChange => {
    return { address: addressOf(index), balance, slots: [] }
  })

describe('the limits of the trie', () => {
  let thread: CoreThread
  let trie: SparseTrie

  beforeAll(async () => {
    thread = createCoreThread(await compileCore('debug'), createMemory(), HOST_WORKER)
  })

  beforeEach(() => {
    trie = new SparseTrie(thread)
  })

  async function expectOracleRoot(...batches: StateChange[][]): Promise<void> {
    const oracle = await StateRoot.fromGenesis([])
    for (const changes of batches) await oracle.apply(changes)
    expect(bytesToHex(trie.root())).toBe(bytesToHex(await oracle.root()))
  }

  it('an arena that is full is an error, and the trie works again after a reset', async () => {
    trie.apply(accounts(1n))
    trie.root()
    storeWord(thread, TRIE_OFFSET + TRIE_CHUNKS, TRIE_ARENA_BYTES / CHUNK_BYTES)
    const slots = Array.from({ length: ACCOUNTS }, (_, index) => {
      return { key: slotKeyOf(index), value: bigIntToBytes(1n, 32) }
    })
    trie.apply([{ address: addressOf(1), slots }])
    expect(() => trie.root()).toThrow(EngineHaltedError)
    expect(() => trie.root()).toThrow(expect.objectContaining({ reason: HALT_TRIE_ARENA_FULL }))
    trie.reset([])
    trie.apply(accounts(2n))
    await expectOracleRoot(accounts(2n))
  })

  it('changes that do not fit the stage are applied in between', async () => {
    trie.apply(accounts(1n))
    storeWord(thread, TRIE_OFFSET + TRIE_STAGED_BYTES, TRIE_STAGE_BYTES - 1000)
    trie.apply(accounts(7n))
    expect(loadWord(thread, TRIE_OFFSET + TRIE_STAGED_BYTES)).toBeLessThan(TRIE_STAGE_BYTES / 2)
    await expectOracleRoot(accounts(1n), accounts(7n))
  })

  it('one change may have more slots than a record', async () => {
    const slots = Array.from({ length: 2 * STAGED_SLOT_COUNT_MAX + 5 }, (_, index) => {
      return { key: slotKeyOf(index), value: bigIntToBytes(BigInt(index + 1), 32) }
    })
    const change = { address: addressOf(0), balance: 1n, slots }
    trie.apply([change])
    await expectOracleRoot([change])
  })

  it('what is freed is used again', () => {
    trie.apply(accounts(1n))
    trie.root()
    const chunks = () => loadWord(thread, TRIE_OFFSET + TRIE_CHUNKS)
    const before = { chunks: chunks(), bytes: trie.nodeBytes }
    const store = new TrieNodeMap()
    for (let round = 0; round < 20; round++) {
      trie.apply(accounts(1n).map(({ address }) => ({ address, code: null, slots: [] })))
      trie.root()
      trie.writeOut(store)
      expect(trie.nodeBytes).toBe(0)
      trie.apply(accounts(1n))
      trie.root()
      trie.writeOut(store)
    }
    expect(trie.nodeBytes).toBe(before.bytes)
    // Records of removed paths take some, once.
    expect(chunks()).toBeLessThan(2 * before.chunks)
  })

  it('pruning keeps to its limit, and to what was touched last', async () => {
    const store = new TrieNodeMap()
    trie.readFrom(store)
    trie.apply(accounts(1n))
    trie.writeOut(store)
    for (let block = 0; block < 8; block++) {
      trie.apply([{ address: addressOf(block), balance: 5n, slots: [] }])
      trie.writeOut(store)
    }
    const all = trie.nodeBytes
    trie.prune(all / 2)
    expect(trie.nodeBytes).toBeLessThanOrEqual(all / 2)
    store.reads = 0
    trie.apply([{ address: addressOf(7), balance: 9n, slots: [] }])
    trie.root()
    expect(store.reads).toBe(0)
    trie.apply([{ address: addressOf(1500), balance: 9n, slots: [] }])
    trie.root()
    expect(store.reads).toBeGreaterThan(0)
  })

  describe('with a store', () => {
    let store: TrieNodeMap
    let root: Uint8Array

    beforeEach(() => {
      store = new TrieNodeMap()
      trie.readFrom(store)
      trie.apply(accounts(1n))
      root = trie.root()
      trie.writeOut(store)
    })

    it('a node that is not there is an error that names it', () => {
      const [place] = [...store.nodes.keys()].filter((name) => name.length === 3)
      store.nodes.delete(place!)
      trie.open(root)
      trie.apply(accounts(2n))
      const path = place!.slice(1)
      expect(() => trie.root()).toThrow(TrieNodeError)
      expect(() => trie.root()).toThrow(`path ${path}`)
    })

    it('a node that is another one is an error that names it', () => {
      const places = [...store.nodes.keys()].filter((name) => name.length === 3)
      store.nodes.set(places[0]!, store.nodes.get(places[1]!)!)
      trie.open(root)
      trie.apply(accounts(2n))
      expect(() => trie.root()).toThrow(`path ${places[0]!.slice(1)}`)
    })

    it('a root that is not there, or another one, does not open', () => {
      expect(() => trie.open(root.map((byte) => byte ^ 1))).toThrow(TrieNodeError)
      store.nodes.delete('/')
      expect(() => trie.open(root)).toThrow(TrieNodeError)
    })

    it('goes on where it stopped once the node is there', async () => {
      const [place] = [...store.nodes.keys()].filter((name) => name.length === 3)
      const node = store.nodes.get(place!)!
      store.nodes.delete(place!)
      trie.open(root)
      trie.apply(accounts(2n))
      expect(() => trie.root()).toThrow(TrieNodeError)
      store.nodes.set(place!, node)
      await expectOracleRoot(accounts(1n), accounts(2n))
    })
  })
})
