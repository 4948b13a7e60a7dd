/**
 * P256VERIFY (EIP-7951). Node's own verification hashes what it is given, and the precompile is given
 * a hash, so the two multiplications on the curve are done by Node's Diffie-Hellman: with h the hash,
 * the point h/s G + r/s Q of ECDSA is r/s (h/r G + Q), which takes one with the generator and one of
 * which only the abscissa is needed.
 */

import { createECDH } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { bigIntToBytes, bytesToBigInt } from '../../primitives/bytes.ts'
import { writeFlag } from './outcome.ts'

const INPUT_BYTES = 160
const WORD_BYTES = 32
const { Point } = p256
const FIELD = Point.Fp
const SCALARS = Point.Fn

const generator = createECDH('prime256v1')
const other = createECDH('prime256v1')

/** Writes a word that is 1, or nothing: an invalid signature is no failure. */
export function verifyP256(input: Uint8Array, output: Uint8Array): number {
  if (input.length !== INPUT_BYTES) return 0
  const [hash, r, s, x, y] = wordsOf(input) as [bigint, bigint, bigint, bigint, bigint]
  if (!SCALARS.isValidNot0(r) || !SCALARS.isValidNot0(s)) return 0
  if (!FIELD.isValid(x) || !FIELD.isValid(y) || !isOnCurve(x, y)) return 0
  return isSignature(hash, r, s, Point.fromAffine({ x, y })) ? writeFlag(output, true) : 0
}

function isSignature(hash: bigint, r: bigint, s: bigint, key: typeof Point.BASE): boolean {
  // One inversion serves both quotients.
  const inverse = SCALARS.inv(SCALARS.mul(r, s))
  const hashOverR = SCALARS.mul(SCALARS.create(hash), SCALARS.mul(inverse, s))
  const rOverS = SCALARS.mul(r, SCALARS.mul(inverse, r))
  const sum = key.add(timesGenerator(hashOverR))
  if (sum.is0()) return false
  other.setPrivateKey(bigIntToBytes(rOverS, WORD_BYTES))
  const abscissa = bytesToBigInt(other.computeSecret(sum.toBytes(false)))
  return SCALARS.create(abscissa) === r
}

function timesGenerator(scalar: bigint): typeof Point.BASE {
  if (scalar === 0n) return Point.ZERO
  generator.setPrivateKey(bigIntToBytes(scalar, WORD_BYTES))
  const bytes = generator.getPublicKey()
  const x = bytesToBigInt(bytes.subarray(1, 1 + WORD_BYTES))
  const y = bytesToBigInt(bytes.subarray(1 + WORD_BYTES))
  return Point.fromAffine({ x, y })
}

function isOnCurve(x: bigint, y: bigint): boolean {
  const { a, b } = Point.CURVE()
  const square = FIELD.add(FIELD.mul(x, FIELD.add(FIELD.sqr(x), a)), b)
  return FIELD.eql(FIELD.sqr(y), square)
}

function wordsOf(input: Uint8Array): bigint[] {
  const words: bigint[] = []
  for (let offset = 0; offset < INPUT_BYTES; offset += WORD_BYTES) {
    words.push(bytesToBigInt(input.subarray(offset, offset + WORD_BYTES)))
  }
  return words
}
