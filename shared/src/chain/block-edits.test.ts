import { describe, expect, it } from 'vitest'
import { editBytes, mergedChanges } from './block-edits.ts'
import type { StateChange } from './state-change.ts'

const address = (mark: number) => new Uint8Array(20).fill(mark)
const word = (mark: number) => new Uint8Array(32).fill(mark)
const slot = (key: number, value: number) => ({ key: word(key), value: word(value) })
const CODE = Uint8Array.of(1, 2, 3)

describe('changes by hand, one after the other', () => {
  it('are one for each account, in order of address, and the last one counts', () => {
    const merged = mergedChanges([
      { address: address(2), balance: 1n, slots: [slot(9, 1), slot(10, 1)] },
      { address: address(1), nonce: 5n, slots: [] },
      { address: address(2), balance: 2n, slots: [slot(3, 4), slot(9, 2)] },
    ])
    expect(merged).toEqual([
      { address: address(1), nonce: 5n, slots: [] },
      { address: address(2), balance: 2n, slots: [slot(3, 4), slot(9, 2), slot(10, 1)] },
    ])
  })

  it('leave nothing of an account that is deleted, but for what comes behind', () => {
    const deleted: StateChange = { address: address(1), code: null, slots: [] }
    const full: StateChange = { address: address(1), balance: 7n, code: CODE, slots: [slot(1, 1)] }
    expect(mergedChanges([full, deleted])).toEqual([deleted])
    expect(mergedChanges([full, deleted, { address: address(1), nonce: 1n, slots: [] }])).toEqual([
      { ...deleted, nonce: 1n },
    ])
    expect(mergedChanges([deleted, { address: address(1), code: CODE, slots: [] }])).toEqual([
      { ...deleted, code: CODE, balance: 0n, nonce: 0n, storageCleared: true },
    ])
  })

  it('have a size', () => {
    const small = editBytes([{ address: address(1), slots: [] }])
    const code = editBytes([
      { address: address(1), code: new Uint8Array(1000), slots: [slot(1, 1)] },
    ])
    expect(code).toBeGreaterThan(small + 1000)
  })
})
