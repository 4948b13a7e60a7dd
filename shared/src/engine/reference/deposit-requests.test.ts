import { describe, expect, it } from 'vitest'
import { concatBytes, hexToBytes } from '../../primitives/bytes.ts'
import { depositRequest, InvalidDepositLogError } from './deposit-requests.ts'
import { sampleAddress, wordOf } from './state/sample-state.ts'

const CONTRACT = sampleAddress(0xde)
const EVENT = hexToBytes('0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5')

function word(value: number): Uint8Array {
  return concatBytes(new Uint8Array(30), Uint8Array.of(value >> 8, value & 0xff))
}

/** A field as the ABI has it: its length, and its bytes in whole words. */
function field(byte: number, length: number): Uint8Array {
  const padding = new Uint8Array((32 - (length % 32)) % 32)
  return concatBytes(word(length), new Uint8Array(length).fill(byte), padding)
}

function depositLog(data = depositData()) {
  return { address: CONTRACT, topics: [EVENT], data }
}

function depositData(): Uint8Array {
  return concatBytes(
    ...[160, 256, 320, 384, 512].map(word),
    field(1, 48),
    field(2, 32),
    field(3, 8),
    field(4, 96),
    field(5, 8),
  )
}

describe('depositRequest', () => {
  it('joins the fields of all deposits behind the type', () => {
    const bytes = [1, 2, 3, 4, 5].map((byte, i) => {
      return new Uint8Array([48, 32, 8, 96, 8][i] as number).fill(byte)
    })
    const expected = concatBytes(Uint8Array.of(0), ...bytes, ...bytes)
    expect(depositRequest([depositLog(), depositLog()], CONTRACT)).toEqual(expected)
  })

  it('passes over logs of other contracts and events', () => {
    const others = [
      { ...depositLog(), address: sampleAddress(1) },
      { ...depositLog(), topics: [wordOf(1)] },
      { ...depositLog(), topics: [] },
    ]
    expect(depositRequest(others, CONTRACT)).toBeUndefined()
  })

  it('refuses a deposit of another layout', () => {
    const shifted = depositData()
    shifted[31] = 161
    for (const data of [shifted, depositData().subarray(1), new Uint8Array(0)]) {
      expect(() => depositRequest([depositLog(data)], CONTRACT)).toThrow(InvalidDepositLogError)
    }
  })
})
