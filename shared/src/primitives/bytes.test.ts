import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bigIntToBytes,
  bigIntToMinimalBytes,
  bytesToBigInt,
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  IntegerOutOfRangeError,
  InvalidHexError,
} from './bytes.ts'

const anyBytes = fc.uint8Array({ maxLength: 80 })

describe('hex', () => {
  it('writes lower case with two digits a byte', () => {
    expect(bytesToHex(Uint8Array.of(0, 0x0a, 0xff))).toBe('0x000aff')
    expect(bytesToHex(new Uint8Array(0))).toBe('0x')
  })

  it('reads either case', () => {
    expect(hexToBytes('0xaBcD')).toEqual(Uint8Array.of(0xab, 0xcd))
  })

  it('agrees with Buffer on any bytes, and gives them back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(bytesToHex(bytes)).toBe(`0x${Buffer.from(bytes).toString('hex')}`)
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes)
      }),
    )
  })

  it.each(['', 'ab', '0xa', '0xzz', '0x0g', '0x 1', '0X00', '0x0\u0130', '0x-1'])(
    'refuses %j',
    (text) => {
      expect(() => hexToBytes(text)).toThrow(InvalidHexError)
    },
  )
})

describe('byte strings', () => {
  it('are joined in order', () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    )
    expect(concatBytes()).toEqual(new Uint8Array(0))
  })

  it('are ordered as Buffer orders them', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b))
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
      }),
    )
  })

  it('come before their own continuations', () => {
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
  })
})

describe('integers', () => {
  it('of any width are read as their hex says, also from the middle of a buffer', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(9), (bytes, offset) => {
        const padded = concatBytes(new Uint8Array(offset).fill(0xee), bytes)
        const expected = bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes))
        expect(bytesToBigInt(padded.subarray(offset))).toBe(expected)
      }),
    )
  })

  it('come back from the bytes they were written to', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.nat(20), (value, extra) => {
        const minimal = bigIntToMinimalBytes(value)
        expect(minimal[0]).not.toBe(0)
        expect(bytesToBigInt(minimal)).toBe(value)
        const padded = bigIntToBytes(value, minimal.length + extra)
        expect(padded).toEqual(concatBytes(new Uint8Array(extra), minimal))
      }),
    )
  })

  it('at the edges of words keep every byte', () => {
    for (const bits of [8n, 48n, 56n, 64n, 72n, 128n, 192n, 256n]) {
      const value = 2n ** bits - 1n
      expect(bigIntToMinimalBytes(value)).toEqual(new Uint8Array(Number(bits / 8n)).fill(0xff))
      expect(bytesToBigInt(bigIntToBytes(value + 1n, 40))).toBe(value + 1n)
    }
  })

  it('write zero as no byte at all', () => {
    expect(bigIntToMinimalBytes(0n)).toEqual(new Uint8Array(0))
    expect(bigIntToBytes(0n, 0)).toEqual(new Uint8Array(0))
  })

  it('refuse what does not fit', () => {
    expect(() => bigIntToBytes(256n, 1)).toThrow(IntegerOutOfRangeError)
    expect(() => bigIntToBytes(1n, 0)).toThrow(IntegerOutOfRangeError)
    expect(() => bigIntToBytes(2n ** 256n, 32)).toThrow(IntegerOutOfRangeError)
    expect(() => bigIntToBytes(-1n, 32)).toThrow(IntegerOutOfRangeError)
    expect(() => bigIntToMinimalBytes(-1n)).toThrow(IntegerOutOfRangeError)
  })
})
