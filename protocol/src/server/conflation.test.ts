import type { StateChange } from '@shredcast/shared/chain/state-change'
import { describe, expect, it } from 'vitest'
import { MAX_CONFLATED_LOCATIONS } from '../wire/limits.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import { Conflation } from './conflation.ts'

const address = (byte: number) => new Uint8Array(20).fill(byte)
const word = (byte: number) => new Uint8Array(32).fill(byte)
const slot = (key: number, value: number) => ({ key: word(key), value: word(value) })

function merged(...messages: readonly (readonly StateChange[])[]) {
  const conflation = new Conflation()
  for (const [seq, changes] of messages.entries()) conflation.add(seq, changes)
  return conflation.message(0, messages.length)
}

describe('conflation', () => {
  it('keeps the newest value of each location, and says where it is from', () => {
    const message = merged(
      [{ address: address(2), balance: 1n, nonce: 1n, slots: [slot(9, 1), slot(3, 1)] }],
      [{ address: address(1), code: Uint8Array.of(1), slots: [] }],
      [{ address: address(2), balance: 5n, slots: [{ ...slot(3, 2), delta: 1n }] }],
    )
    expect(message).toEqual({
      ...{ type: 'conflated', fromSeq: 0, nextSeq: 3, messageCount: 3 },
      accounts: [
        { address: address(1), seq: 1, code: Uint8Array.of(1), slots: [] },
        {
          ...{ address: address(2), seq: 2, balance: 5n, nonce: 1n },
          slots: [slot(3, 2), slot(9, 1)],
        },
      ],
    })
    expect(decodeControl(encodeControl(message))).toEqual(message)
  })

  it('forgets slots that were cleared, and says that they were', () => {
    const message = merged(
      [{ address: address(2), slots: [slot(1, 1), slot(2, 2)] }],
      [{ address: address(2), storageCleared: true, slots: [slot(3, 3)] }],
      [{ address: address(2), slots: [slot(4, 4)] }],
    )
    expect(message.accounts).toEqual([
      { address: address(2), seq: 2, storageCleared: true, slots: [slot(3, 3), slot(4, 4)] },
    ])
  })

  it('says when it has more than one message may say, which is encodable until then', () => {
    const conflation = new Conflation()
    const slots = Array.from({ length: 40_000 }, (_, number) => {
      const key = new Uint8Array(32)
      new DataView(key.buffer).setUint32(28, number)
      return { key, value: word(1) }
    })
    conflation.add(0, [{ address: address(1), slots }])
    conflation.add(1, [{ address: address(1), slots }])
    expect(conflation.isOverfull).toBe(false)
    expect(encodeControl(conflation.message(0, 2)).length).toBeGreaterThan(40_000 * 64)
    conflation.add(2, [{ address: address(2), slots: slots.slice(0, MAX_CONFLATED_LOCATIONS) }])
    expect(conflation.isOverfull).toBe(true)
    const codes = new Conflation()
    codes.add(0, [{ address: address(1), code: new Uint8Array(3_000_000), slots: [] }])
    codes.add(1, [{ address: address(1), code: new Uint8Array(2_000_000), slots: [] }])
    expect(codes.isOverfull).toBe(false)
    codes.add(2, [{ address: address(2), code: new Uint8Array(3_000_000), slots: [] }])
    expect(codes.isOverfull).toBe(true)
  })
})
