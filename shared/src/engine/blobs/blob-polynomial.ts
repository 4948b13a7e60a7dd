/**
 * A blob as a polynomial of degree below 4096 over the scalar field of BLS12-381 (EIP-4844,
 * `polynomial-commitments.md`): its field elements are the values at the roots of unity, in
 * bit-reversed order.
 */

import { bytesToBigInt } from '../../primitives/bytes.ts'

export const FIELD_ELEMENTS = 4096
export const SCALAR_BYTES = 32
/** Order of the field. */
export const MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const PRIMITIVE_ROOT = 7n

/** A number whose powers up to `order`, a power of two, are the roots of unity of that order. */
export function rootOfUnity(order: number): bigint {
  return power(PRIMITIVE_ROOT, (MODULUS - 1n) / BigInt(order))
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % MODULUS
    square = (square * square) % MODULUS
  }
  return result
}

/** 1, base, base², ... */
export function powers(base: bigint, count: number): bigint[] {
  const list: bigint[] = []
  let value = 1n
  for (let i = 0; i < count; i++) {
    list.push(value)
    value = (value * base) % MODULUS
  }
  return list
}

/** `index` with its lowest `bits` bits in the opposite order. */
export function reverseBits(index: number, bits: number): number {
  let reversed = 0
  for (let bit = 0; bit < bits; bit++) reversed |= ((index >> bit) & 1) << (bits - 1 - bit)
  return reversed
}

/** Powers of the inverse root, half of them: the other half are their negatives. */
const INVERSE_ROOTS = powers(power(rootOfUnity(FIELD_ELEMENTS), MODULUS - 2n), FIELD_ELEMENTS / 2)
const INVERSE_COUNT = power(BigInt(FIELD_ELEMENTS), MODULUS - 2n)

/** From the constant term on; undefined when an element is not below the field's order. */
export function coefficientsOf(blob: Uint8Array): bigint[] | undefined {
  const values: bigint[] = []
  for (let at = 0; at < FIELD_ELEMENTS * SCALAR_BYTES; at += SCALAR_BYTES) {
    const value = bytesToBigInt(blob.subarray(at, at + SCALAR_BYTES))
    if (value >= MODULUS) return undefined
    values.push(value)
  }
  interpolate(values)
  return values
}

/** Value at `point` (Horner). */
export function evaluate(coefficients: readonly bigint[], point: bigint): bigint {
  return coefficients.reduceRight((sum, coefficient) => (sum * point + coefficient) % MODULUS, 0n)
}

/** In place: an inverse Fourier transform, which takes bit-reversed order as it comes. */
function interpolate(values: bigint[]): void {
  for (let size = 2; size <= FIELD_ELEMENTS; size *= 2) {
    const half = size / 2
    const stride = FIELD_ELEMENTS / size
    for (let start = 0; start < FIELD_ELEMENTS; start += size) {
      for (let k = 0; k < half; k++) {
        const even = values[start + k]!
        const odd = (values[start + k + half]! * INVERSE_ROOTS[k * stride]!) % MODULUS
        const [sum, difference] = [even + odd, even - odd]
        values[start + k] = sum >= MODULUS ? sum - MODULUS : sum
        values[start + k + half] = difference < 0n ? difference + MODULUS : difference
      }
    }
  }
  for (let i = 0; i < FIELD_ELEMENTS; i++) values[i] = (values[i]! * INVERSE_COUNT) % MODULUS
}
