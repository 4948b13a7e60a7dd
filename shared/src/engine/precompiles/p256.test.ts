import { p256 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concatBytes } from '../../primitives/bytes.ts'
import { verifyP256 } from './p256.ts'

const { Point } = p256
const ORDER = Point.Fn.ORDER
const FIELD_ORDER = Point.Fp.ORDER
const ONE = bytesToHex(bigIntToBytes(1n, 32))
const word = (value: bigint) => bigIntToBytes(value, 32)
const OPTIONS = { prehash: false, lowS: false }

type Key = readonly [x: bigint, y: bigint]

function outcome(input: Uint8Array): string {
  const output = new Uint8Array(256).fill(0xff)
  return bytesToHex(output.subarray(0, verifyP256(input, output)))
}

function isValidByOracle(hash: bigint, r: bigint, s: bigint, key: Key): boolean {
  const publicKey = concatBytes(Uint8Array.of(4), ...key.map(word))
  try {
    return p256.verify(concatBytes(word(r), word(s)), word(hash), publicKey, OPTIONS)
  } catch {
    return false
  }
}

/** What both say; fails where they differ. */
function agreed(hash: bigint, r: bigint, s: bigint, key: Key): boolean {
  const expected = isValidByOracle(hash, r, s, key)
  const input = concatBytes(...[hash, r, s, ...key].map(word))
  expect(outcome(input), bytesToHex(input)).toBe(expected ? ONE : '0x')
  return expected
}

function keyOf(secret: bigint): Key {
  const { x, y } = Point.BASE.multiply(secret).toAffine()
  return [x, y]
}

function sign(secret: bigint, hash: bigint) {
  const bytes = p256.sign(word(hash), word(secret), OPTIONS)
  return { r: bytesToBigInt(bytes.subarray(0, 32)), s: bytesToBigInt(bytes.subarray(32)) }
}

describe('verifyP256', () => {
  it('accepts signatures, also with s above half the order', () => {
    const secrets = fc.bigInt({ min: 1n, max: ORDER - 1n })
    const hashes = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
    const check = fc.property(secrets, hashes, (secret, hash) => {
      const { r, s } = sign(secret, hash)
      expect(agreed(hash, r, s, keyOf(secret))).toBe(true)
      expect(agreed(hash, r, ORDER - s, keyOf(secret))).toBe(true)
      expect(agreed(hash ^ 1n, r, s, keyOf(secret))).toBe(false)
      const [x, y] = keyOf(secret)
      expect(agreed(hash, r, s, [x, FIELD_ORDER - y])).toBe(false)
    })
    fc.assert(check, { numRuns: 10 })
  })

  it('takes hashes of zero and of the order or more', () => {
    for (const hash of [0n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      const { r, s } = sign(7n, hash % ORDER)
      expect(agreed(hash, r, s, keyOf(7n))).toBe(true)
    }
  })

  it('doubles and cancels where the key meets the multiple of the generator', () => {
    // hash/r G is the key, or its negative; r/s (key + key) is 2 G.
    const r = Point.BASE.multiply(2n).toAffine().x % ORDER
    for (const secret of [1n, 5n, ORDER - 1n]) {
      const hash = Point.Fn.mul(secret, r)
      const s = Point.Fn.mul(r, secret)
      expect(agreed(hash, r, s, keyOf(secret))).toBe(true)
      expect(agreed(Point.Fn.neg(hash), r, s, keyOf(secret))).toBe(false)
    }
  })

  it('compares abscissas modulo the order of the group', () => {
    const point = firstPointFrom(ORDER + 1n)
    const { x } = point.toAffine()
    const [hash, s] = [99n, 12345n]
    // The key for which hash/s G + r/s key is that point.
    const multiple = point.multiply(s).subtract(Point.BASE.multiply(hash))
    const key = multiple.multiply(Point.Fn.inv(x - ORDER)).toAffine()
    expect(agreed(hash, x - ORDER, s, [key.x, key.y])).toBe(true)
    expect(agreed(hash, x - ORDER + 1n, s, [key.x, key.y])).toBe(false)
  })

  it('refuses numbers that are none of a signature', () => {
    const { r, s } = sign(7n, 99n)
    for (const bad of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      expect(agreed(99n, bad, s, keyOf(7n))).toBe(false)
      expect(agreed(99n, r, bad, keyOf(7n))).toBe(false)
    }
  })

  it('refuses what is no point of the curve', () => {
    const { r, s } = sign(7n, 99n)
    const [x, y] = keyOf(7n)
    const bad: Key[] = [
      [0n, 0n],
      [x, y + 1n],
      [y, x],
      [FIELD_ORDER, y],
      [x, FIELD_ORDER],
      [2n ** 256n - 1n, 2n ** 256n - 1n],
    ]
    for (const key of bad) expect(agreed(99n, r, s, key)).toBe(false)
  })

  it('takes 160 bytes and nothing else', () => {
    const { r, s } = sign(7n, 99n)
    const input = concatBytes(...[99n, r, s, ...keyOf(7n)].map(word))
    expect(outcome(input)).toBe(ONE)
    for (const length of [0, 1, 128, 159]) expect(outcome(input.subarray(0, length))).toBe('0x')
    expect(outcome(concatBytes(input, new Uint8Array(1)))).toBe('0x')
  })
})

/** The point with the least abscissa that is not below `start`. */
function firstPointFrom(start: bigint): typeof Point.BASE {
  for (let x = start; ; x++) {
    try {
      return Point.fromBytes(concatBytes(Uint8Array.of(2), word(x)))
    } catch {
      // No point has this abscissa.
    }
  }
}
