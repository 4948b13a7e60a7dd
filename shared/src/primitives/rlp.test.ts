import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from './bytes.ts'
import type { RlpItem } from './rlp.ts'
import { decodeRlp, encodeRlp, InvalidRlpError, itemLength, PREFIX_BYTES_MAX } from './rlp.ts'

const { item: anyItem } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'medium' },
    fc.uint8Array({ maxLength: 70 }),
    fc.array(tie('item'), { maxLength: 8 }),
  ),
}))

function nested(depth: number): RlpItem {
  return depth === 0 ? [] : [nested(depth - 1)]
}

describe('encodeRlp', () => {
  it.each<[string, RlpItem, string]>([
    ['no bytes', new Uint8Array(0), '0x80'],
    ['a byte below 0x80', Uint8Array.of(0x7f), '0x7f'],
    ['a byte from 0x80', Uint8Array.of(0x80), '0x8180'],
    ['55 bytes', new Uint8Array(55).fill(1), `0xb7${'01'.repeat(55)}`],
    ['56 bytes', new Uint8Array(56).fill(1), `0xb838${'01'.repeat(56)}`],
    ['256 bytes', new Uint8Array(256).fill(1), `0xb90100${'01'.repeat(256)}`],
    ['an empty list', [], '0xc0'],
    ['the sets of three', [[], [[]], [[], [[]]]], '0xc7c0c1c0c3c0c1c0'],
    ['a long list', Array.from({ length: 56 }, () => []), `0xf838${'c0'.repeat(56)}`],
  ])('writes %s', (_, item, expected) => {
    expect(bytesToHex(encodeRlp(item))).toBe(expected)
    expect(decodeRlp(hexToBytes(expected))).toEqual(item)
  })
})

describe('decodeRlp', () => {
  it('gives back any item', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(decodeRlp(encodeRlp(item))).toEqual(item)
      }),
    )
  })

  it('accepts no second encoding of an item', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const item = decodeOrUndefined(bytes)
        if (item !== undefined) expect(encodeRlp(item)).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses every truncation and any trailing byte', () => {
    const encoded = encodeRlp([Uint8Array.of(1), [new Uint8Array(60)], new Uint8Array(300)])
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeRlp(encoded.subarray(0, length))).toThrow(InvalidRlpError)
    }
    expect(() => decodeRlp(Uint8Array.of(...encoded, 0))).toThrow(InvalidRlpError)
  })

  it.each([
    ['nothing', '0x'],
    ['a prefix on a byte below 0x80', '0x817f'],
    ['a long form for short bytes', `0xb837${'01'.repeat(55)}`],
    ['a long form for a short list', '0xf800'],
    ['a length with a leading zero', `0xb90038${'01'.repeat(56)}`],
    ['a length of nearly 2^64', '0xbfffffffffffffffff'],
    ['a list length of nearly 2^64', '0xffffffffffffffffff'],
    ['a length that ends early', '0xb9ff'],
    ['a list that ends inside an item', '0xc28201'],
    ['an item that reaches out of its list', '0xc2c201ff'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeRlp(hexToBytes(hex))).toThrow(InvalidRlpError)
  })

  it('refuses deep nesting before it costs stack', () => {
    expect(decodeRlp(encodeRlp(nested(60)))).toEqual(nested(60))
    expect(() => decodeRlp(encodeRlp(nested(100)))).toThrow(/nest deeper/)
  })

  it('copies, also out of a Buffer', () => {
    const encoded = Buffer.from('83010203', 'hex')
    const decoded = decodeRlp(encoded)
    encoded.fill(0)
    expect(decoded).toEqual(Uint8Array.of(1, 2, 3))
  })
})

function decodeOrUndefined(bytes: Uint8Array): RlpItem | undefined {
  try {
    return decodeRlp(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRlpError)
    return undefined
  }
}

describe('itemLength', () => {
  it('is told by the first bytes of any item', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        const encoded = encodeRlp(item)
        expect(itemLength(encoded.subarray(0, PREFIX_BYTES_MAX))).toBe(encoded.length)
      }),
    )
  })

  it('may be 4 GiB and more', () => {
    expect(itemLength(hexToBytes('0xfbffffffff'))).toBe(2 ** 32 + 4)
  })

  it.each(['0x', '0xb8', '0xf901', '0xf837', '0xb90001', '0xfc0100000000'])(
    'is not told by %s',
    (start) => {
      expect(() => itemLength(hexToBytes(start))).toThrow(InvalidRlpError)
    },
  )
})
