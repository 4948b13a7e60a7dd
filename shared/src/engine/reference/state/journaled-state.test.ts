import { describe, expect, it } from 'vitest'
import { InvalidTransactionError } from '../execution-result.ts'
import { JournaledState } from './journaled-state.ts'
import { SampleState, sampleAddress, wordOf } from './sample-state.ts'

const ALICE = sampleAddress(0x11)
const BOB = sampleAddress(0x22)
const CONTRACT = sampleAddress(0x33)
const CODE = Uint8Array.of(0x60, 0x00)

function setUp(options = { deletesEmptyAccounts: true }) {
  const access = new SampleState({
    11: { balance: 100n, nonce: 7n, code: new Uint8Array(0) },
    33: { nonce: 1n, code: CODE, slots: { 1: 5 } },
    44: { code: new Uint8Array(0) },
  })
  return { access, state: new JournaledState(access, options) }
}

describe('JournaledState', () => {
  it('reads each location once, and only when it is asked for', () => {
    const { access, state } = setUp()
    const alice = state.account(ALICE)
    expect(access.reads).toEqual([])
    expect([alice.balance, alice.balance, alice.nonce, alice.nonce]).toEqual([100n, 100n, 7n, 7n])
    const slot = state.account(CONTRACT).slot(wordOf(1))
    expect([slot.value, slot.original]).toEqual([wordOf(5), wordOf(5)])
    expect(access.reads).toEqual(['balance 11', 'nonce 11', 'slot 1 33'])
  })

  it('moves a balance that was not read by a delta', () => {
    const { access, state } = setUp()
    const alice = state.account(ALICE)
    alice.requireBalance(90n)
    alice.debit(60n)
    alice.credit(10n)
    expect(access.reads).toEqual([])
    expect(state.writes()).toEqual([
      { address: ALICE, balance: { amount: -50n, required: 90n }, slots: [] },
    ])
  })

  it('writes an absolute balance once it was read', () => {
    const { state } = setUp()
    const alice = state.account(ALICE)
    alice.debit(60n)
    expect(alice.balance).toBe(40n)
    expect(state.writes()).toEqual([{ address: ALICE, balance: 40n, slots: [] }])
  })

  it('writes no balance that ends where it began', () => {
    const { state } = setUp()
    const alice = state.account(ALICE)
    alice.credit(5n)
    alice.debit(5n)
    expect(state.writes()).toEqual([])
    expect(alice.balance).toBe(100n)
    expect(state.writes()).toEqual([])
  })

  it('keeps the bound of a balance that moved to and fro', () => {
    const { state } = setUp()
    state.account(ALICE).requireBalance(90n)
    expect(state.writes()).toEqual([
      { address: ALICE, balance: { amount: 0n, required: 90n }, slots: [] },
    ])
  })

  it('abandons the execution when a balance is below its bound, even if that is caught', () => {
    const { state } = setUp()
    const alice = state.account(ALICE)
    alice.requireBalance(101n)
    expect(() => alice.balance).toThrow(InvalidTransactionError)
    expect(() => state.revert()).toThrow(InvalidTransactionError)
    expect(() => state.writes()).toThrow(InvalidTransactionError)
    state.rewind()
    expect(state.writes()).toEqual([])
  })

  it('takes back values, but never forgets what was read', () => {
    const { access, state } = setUp()
    state.writeSlot(CONTRACT, wordOf(2), Uint8Array.of(9))
    state.checkpoint()
    state.writeSlot(CONTRACT, wordOf(1), Uint8Array.of(6))
    state.account(ALICE).nonce = 8n
    state.account(ALICE).credit(1n)
    state.account(ALICE).setCode(CODE)
    expect(state.account(CONTRACT).slot(wordOf(1)).original).toEqual(wordOf(5))
    state.revert()
    expect(state.account(CONTRACT).slot(wordOf(1)).value).toEqual(wordOf(5))
    expect(state.writes()).toEqual([
      { address: CONTRACT, slots: [{ key: wordOf(2), value: wordOf(9) }] },
    ])
    expect(access.reads).toEqual(['slot 1 33', 'slot 2 33'])
  })

  it('keeps what an inner checkpoint committed until an outer one reverts', () => {
    const { state } = setUp()
    state.checkpoint()
    state.checkpoint()
    state.account(BOB).credit(1n)
    state.commit()
    expect(state.writes()).toHaveLength(1)
    state.revert()
    expect(state.writes()).toEqual([])
  })

  it('writes a slot only when its value differs in the end', () => {
    const { state } = setUp()
    state.writeSlot(CONTRACT, wordOf(1), Uint8Array.of(6))
    state.writeSlot(CONTRACT, wordOf(1), Uint8Array.of(5))
    expect(state.writes()).toEqual([])
  })

  it('deletes an account with all it holds', () => {
    const { state } = setUp()
    const contract = state.account(CONTRACT)
    expect([contract.hasCode, contract.balance]).toEqual([true, 0n])
    state.writeSlot(CONTRACT, wordOf(1), Uint8Array.of(6))
    contract.destroy()
    expect(state.writes()).toEqual([
      { address: CONTRACT, nonce: 0n, code: null, storageCleared: true, slots: [] },
    ])
  })

  it('reads no slot of a contract that begins, and records it', () => {
    const { access, state } = setUp()
    const created = state.account(BOB)
    created.beginContract()
    expect(created.slot(wordOf(1)).original).toEqual(wordOf(0))
    expect(access.reads).toEqual(['code 22'])
    expect(state.writes()).toEqual([{ address: BOB, code: new Uint8Array(0), slots: [] }])
  })

  it('keeps transient storage apart, and takes it back like the rest', () => {
    const { state } = setUp()
    state.checkpoint()
    state.writeTransientSlot(CONTRACT, wordOf(1), Uint8Array.of(4))
    expect(state.account(CONTRACT).slot(wordOf(1)).transient).toEqual(Uint8Array.of(4))
    state.revert()
    expect(state.account(CONTRACT).slot(wordOf(1)).transient).toEqual(wordOf(0))
    expect(state.writes()).toEqual([])
  })
})

describe('touched accounts', () => {
  it('are deleted when they are recorded and empty, at the cost of the reads that tell', () => {
    const { access, state } = setUp()
    for (const byte of [0x11, 0x22, 0x33, 0x44]) state.touch(state.account(sampleAddress(byte)))
    state.deleteTouchedEmptyAccounts()
    expect(state.writes()).toEqual([
      { address: sampleAddress(0x44), code: null, storageCleared: true, slots: [] },
    ])
    expect(access.reads.filter((read) => !read.endsWith('44'))).toEqual([
      'code 11',
      'nonce 11',
      'code 22',
      'code 33',
    ])
  })

  it('that were credited are not even read', () => {
    const { access, state } = setUp()
    const bob = state.account(BOB)
    state.touch(bob)
    bob.credit(1n)
    state.deleteTouchedEmptyAccounts()
    expect(access.reads).toEqual([])
  })

  it('are untouched again by a revert, except the RIPEMD-160 precompile', () => {
    const ripemd = new Uint8Array(20).fill(3, 19)
    const { access, state } = setUp()
    state.checkpoint()
    state.touch(state.account(BOB))
    state.touch(state.account(ripemd))
    state.revert()
    state.deleteTouchedEmptyAccounts()
    expect(access.reads).toEqual(['code 0x0000000000000000000000000000000000000003'])
  })

  it('exist from then on before EIP-161', () => {
    const { access, state } = setUp({ deletesEmptyAccounts: false })
    state.touch(state.account(BOB))
    state.touch(state.account(ALICE))
    expect(state.writes()).toEqual([{ address: BOB, code: new Uint8Array(0), slots: [] }])
    expect(state.account(BOB).balance).toBe(0n)
    expect(access.reads).toEqual(['code 22', 'code 11'])
  })
})
