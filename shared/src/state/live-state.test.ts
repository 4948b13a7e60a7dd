import { describe, expect, it } from 'vitest'
import { EMPTY_CODE_HASH, keccak256 } from '../primitives/keccak.ts'
import { LiveState } from './live-state.ts'

const ALICE = new Uint8Array(20).fill(1)
const BOB = new Uint8Array(20).fill(2)
const KEY = new Uint8Array(32).fill(3)
const ZERO = new Uint8Array(32)
const ONE = new Uint8Array(32).fill(4)
const TWO = new Uint8Array(32).fill(5)

/** A store that has Alice, and a slot of hers. */
function storedState() {
  const latest = {
    account: (address: Uint8Array) =>
      address === ALICE ? { nonce: 1n, balance: 10n, codeHash: EMPTY_CODE_HASH } : undefined,
    slot: (address: Uint8Array) => (address === ALICE ? ONE : ZERO),
    code: () => new Uint8Array(0),
  }
  return { latest, head: { number: 0n } }
}

describe('the live state', () => {
  it('covers the stored state with what changed', () => {
    const state = new LiveState(storedState())
    expect(state.account(ALICE)?.balance).toBe(10n)
    expect(state.slot(ALICE, KEY)).toEqual(ONE)
    state.beginBlock(1n)
    state.apply([{ address: ALICE, balance: 7n, slots: [{ key: KEY, value: TWO }] }])
    expect(state.account(ALICE)).toMatchObject({ nonce: 1n, balance: 7n })
    expect(state.slot(ALICE, KEY)).toEqual(TWO)
    expect(state.account(BOB)).toBeUndefined()
    const code = Uint8Array.of(1, 2, 3)
    state.apply([{ address: BOB, nonce: 1n, code, slots: [] }])
    expect(state.account(BOB)?.codeHash).toEqual(keccak256(code))
    expect(state.code(keccak256(code))).toEqual(code)
  })

  it('forgets storage that is cleared, also that of the store', () => {
    const state = new LiveState(storedState())
    state.beginBlock(1n)
    state.apply([{ address: ALICE, code: null, slots: [] }])
    expect(state.slot(ALICE, KEY)).toEqual(ZERO)
    expect(state.account(ALICE)).toMatchObject({ nonce: 0n, balance: 0n })
    state.apply([{ address: ALICE, storageCleared: true, slots: [{ key: KEY, value: TWO }] }])
    expect(state.slot(ALICE, KEY)).toEqual(TWO)
  })

  it('still shows a sealed block that the store does not have', () => {
    const state = new LiveState(storedState())
    state.beginBlock(1n)
    state.apply([{ address: ALICE, balance: 7n, slots: [{ key: KEY, value: TWO }] }])
    state.beginBlock(2n)
    state.apply([{ address: ALICE, balance: 3n, slots: [{ key: KEY, value: ZERO }] }])
    expect(state.at(1n).account(ALICE)?.balance).toBe(7n)
    expect(state.at(1n).slot(ALICE, KEY)).toEqual(TWO)
    expect(state.account(ALICE)?.balance).toBe(3n)
    expect(state.slot(ALICE, KEY)).toEqual(ZERO)
  })

  it('lets go of blocks that the store has', () => {
    const stored = storedState()
    const state = new LiveState(stored)
    state.beginBlock(1n)
    state.apply([{ address: ALICE, balance: 7n, slots: [] }])
    stored.head.number = 1n
    state.beginBlock(2n)
    expect(state.account(ALICE)?.balance).toBe(10n)
  })
})
