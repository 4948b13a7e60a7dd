import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToHex, concatBytes } from '../../primitives/bytes.ts'
import { recoverKey } from './ecrecover.ts'

const { Point, Signature } = secp256k1
const ORDER = Point.Fn.ORDER
const FIELD_ORDER = Point.Fp.ORDER
const word = (value: bigint) => bigIntToBytes(value, 32)
const HASH = word(0x1234567890abcdefn)

/** The key in hex, or empty when there is none. */
function recovered(input: Uint8Array): string {
  const output = new Uint8Array(256).fill(0xff)
  return bytesToHex(output.subarray(0, recoverKey(input, output)))
}

function recoveredByOracle(hash: Uint8Array, v: bigint, r: bigint, s: bigint): string {
  try {
    const signature = new Signature(r, s, Number(v - 27n))
    return bytesToHex(signature.recoverPublicKey(hash).toBytes(false).subarray(1))
  } catch {
    return '0x'
  }
}

/** What both say; fails where they differ. */
function agreed(hash: Uint8Array, v: bigint, r: bigint, s: bigint): string {
  const expected = recoveredByOracle(hash, v, r, s)
  const input = concatBytes(hash, word(v), word(r), word(s))
  expect(recovered(input), bytesToHex(input)).toBe(expected)
  return expected
}

/** Hash, v, r, s of a signature by this key. */
function sign(secret: bigint, hash: Uint8Array) {
  const bytes = secp256k1.sign(hash, word(secret), { prehash: false, format: 'recovered' })
  const { r, s, recovery } = Signature.fromBytes(bytes, 'recovered')
  return { v: 27n + BigInt(recovery ?? 0), r, s }
}

const publicKey = (secret: bigint) =>
  bytesToHex(Point.BASE.multiply(secret).toBytes(false).subarray(1))

describe('recoverKey', () => {
  it('finds the key that signed', () => {
    const secrets = fc.bigInt({ min: 1n, max: ORDER - 1n })
    const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const check = fc.property(secrets, hashes, (secret, hash) => {
      const { v, r, s } = sign(secret, hash)
      expect(agreed(hash, v, r, s)).toBe(publicKey(secret))
      expect(agreed(hash, 55n - v, r, s)).not.toBe(publicKey(secret))
      expect(agreed(hash, 55n - v, r, ORDER - s)).toBe(publicKey(secret))
    })
    fc.assert(check, { numRuns: 15 })
  })

  it('takes hashes that are not below the order of the group', () => {
    for (const hash of [0n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      const { v, r, s } = sign(5n, HASH)
      expect(agreed(word(hash), v, r, s)).not.toBe('0x')
    }
  })

  it('finds no key for numbers that are none of a signature', () => {
    const { v, r, s } = sign(5n, HASH)
    for (const bad of [0n, ORDER, ORDER + 1n, FIELD_ORDER, 2n ** 256n - 1n]) {
      expect(agreed(HASH, v, bad, s)).toBe('0x')
      expect(agreed(HASH, v, r, bad)).toBe('0x')
    }
    // No point has this abscissa.
    expect(agreed(HASH, 27n, 5n, 1n)).toBe('0x')
    // The key would be the point at infinity.
    const { x } = Point.BASE.toAffine()
    expect(agreed(word(9n), 27n, x, 9n)).toBe('0x')
    expect(agreed(word(9n), 28n, x, 9n)).not.toBe('0x')
  })

  it('takes 27 and 28 for v, and nothing else', () => {
    const { r, s } = sign(5n, HASH)
    const rest = concatBytes(word(r), word(s))
    const bad = [0n, 1n, 26n, 29n, 27n + 256n, 28n << 248n, 2n ** 255n + 27n, 2n ** 256n - 1n]
    for (const v of bad) expect(recovered(concatBytes(HASH, word(v), rest))).toBe('0x')
  })

  it('reads zeros behind the input and nothing behind 128 bytes', () => {
    const { v, r, s } = sign(5n, HASH)
    const input = concatBytes(HASH, word(v), word(r), word(s))
    expect(recovered(concatBytes(input, HASH))).toBe(publicKey(5n))
    for (const length of [0, 1, 32, 63, 64, 96, 97, 127]) {
      const padded = concatBytes(input.subarray(0, length), new Uint8Array(128 - length))
      expect(recovered(input.subarray(0, length))).toBe(recovered(padded))
    }
    expect(recovered(input.subarray(0, 96))).toBe('0x')
    expect(recovered(input)).toBe(publicKey(5n))
  })
})
