/** The states of a tree of blocks, with their roots by the core's trie, against a trie built anew. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { MemoryStates } from '@shredcast/shared/state/memory-states'
import { sampleHeader } from '@shredcast/shared/state/sample-history'
import { describe, expect, it } from 'vitest'
import { StateRoot } from '../kit/state-root.ts'

const address = (byte: number) => new Uint8Array(20).fill(byte)
const word = (byte: number) => new Uint8Array(32).fill(byte)
const hash = word
const NO_CODE = new Uint8Array(0)
/** Whatever it is, states in memory are kept by its hash alone. */
const BLOCK = { header: sampleHeader(), body: { transactions: [], ommers: [] }, receipts: [] }

const ALLOC: readonly GenesisAccount[] = [
  { address: address(1), balance: 5n, nonce: 1n, code: NO_CODE, storage: [] },
  {
    address: address(2),
    balance: 0n,
    nonce: 1n,
    code: Uint8Array.of(0),
    storage: [{ key: word(1), value: word(9) }],
  },
  { address: address(3), balance: 0n, nonce: 0n, code: NO_CODE, storage: [] },
]

function diffOf(...changes: StateChange[]): StateDiff {
  return { changes, deltas: [], reads: [] }
}

/** Accounts by address, as plain values. */
function accountsAt(states: MemoryStates, block: Uint8Array) {
  const all = [...states.accountsAt(block)]
  return Object.fromEntries(all.map(({ address: own, ...rest }) => [bytesToHex(own), rest]))
}

async function stateBehind(states: MemoryStates, parent: number, child: number, diff: StateDiff) {
  const state = await states.beginAfter(hash(parent))
  await state.apply(diff)
  await state.keep(hash(child), BLOCK)
}

describe('states in memory', () => {
  it('have the accounts of the genesis, empty ones too', async () => {
    const states = new MemoryStates(hash(0), ALLOC, await createSparseTrie('debug'))
    expect([...states.accountsAt(hash(0))]).toEqual(ALLOC)
  })

  it('keep each block’s own', async () => {
    const states = new MemoryStates(hash(0), ALLOC, await createSparseTrie('debug'))
    const slots = [{ key: word(1), value: word(0) }]
    await stateBehind(states, 0, 1, diffOf({ address: address(1), balance: 7n, slots: [] }))
    await stateBehind(states, 0, 2, diffOf({ address: address(2), slots }))
    await stateBehind(states, 1, 3, diffOf({ address: address(1), code: null, slots: [] }))
    const first = bytesToHex(address(1))
    const second = bytesToHex(address(2))
    expect(accountsAt(states, hash(0))[first]?.balance).toBe(5n)
    expect(accountsAt(states, hash(1))[first]?.balance).toBe(7n)
    expect(accountsAt(states, hash(1))[second]?.storage).toHaveLength(1)
    expect(accountsAt(states, hash(2))[second]?.storage).toEqual([])
    expect(accountsAt(states, hash(3))[first]).toBeUndefined()
  })

  it('forget a state that was begun and not kept', async () => {
    const states = new MemoryStates(hash(0), ALLOC, await createSparseTrie('debug'))
    const state = await states.beginAfter(hash(0))
    const before = await state.root()
    await state.apply(diffOf({ address: address(1), balance: 0n, nonce: 0n, slots: [] }))
    expect(await state.root()).not.toEqual(before)
    expect(await (await states.beginAfter(hash(0))).root()).toEqual(before)
    expect([...states.accountsAt(hash(0))]).toEqual(ALLOC)
  })

  it('delete an account that only its balance kept, also behind a state that was dropped', async () => {
    const states = new MemoryStates(hash(0), ALLOC, await createSparseTrie('debug'))
    const rootOfGenesis = await (await states.beginAfter(hash(0))).root()
    await stateBehind(states, 0, 1, diffOf({ address: address(9), balance: 1n, slots: [] }))
    await states.beginAfter(hash(0))
    const state = await states.beginAfter(hash(1))
    await state.apply(diffOf({ address: address(9), balance: 0n, slots: [] }))
    expect(await state.root()).toEqual(rootOfGenesis)
  })

  it('have the root of their accounts, whatever changes', async () => {
    const states = new MemoryStates(hash(0), ALLOC, await createSparseTrie('debug'))
    const random = createRandom(1)
    for (let block = 1; block < 60; block++) {
      const parent = random.below(block)
      const state = await states.beginAfter(hash(parent))
      await state.apply(diffOf(...[1, 2, 3, 4].map((byte) => changeOf(byte, random))))
      await state.keep(hash(block), BLOCK)
      const whole = await StateRoot.fromGenesis([...states.accountsAt(hash(block))])
      expect(await state.root()).toEqual(await whole.root())
    }
  })
})

/** A change as execution makes one: an account without balance, nonce and code is deleted. */
function changeOf(byte: number, random: ReturnType<typeof createRandom>): StateChange {
  const change = { address: address(byte), slots: [] }
  if (random.chance(0.2)) return { ...change, code: null, storageCleared: true }
  return {
    ...change,
    balance: BigInt(1 + random.below(3)),
    ...(random.chance(0.5) && { nonce: BigInt(random.below(3)) }),
    ...(random.chance(0.2) && { code: Uint8Array.of(random.below(2)) }),
    ...(random.chance(0.1) && { storageCleared: true as const }),
    slots: [1, 2, 3].map((key) => ({ key: word(key), value: word(random.below(2)) })),
  }
}
