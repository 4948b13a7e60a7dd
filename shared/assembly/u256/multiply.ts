/** Product of two words modulo 2^256. */

import { multiplyHigh } from './limb'
import { wordFitsLong } from './word'

/** out = a * b modulo 2^256. */
@inline
export function wordMultiply(out: usize, a: usize, b: usize): void {
  if (wordFitsLong(b)) multiplyByLimb(out, a, load<u64>(b))
  else if (wordFitsLong(a)) multiplyByLimb(out, b, load<u64>(a))
  else multiplyFull(out, a, b)
}

@inline
function multiplyByLimb(out: usize, a: usize, b: u64): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  store<u64>(out, a0 * b)
  const high0 = multiplyHigh(a0, b)
  if ((a1 | a2 | a3) == 0) {
    store<u64>(out, high0, 8)
    store<u64>(out, 0, 16)
    store<u64>(out, 0, 24)
    return
  }
  const r1 = a1 * b + high0
  const high1 = multiplyHigh(a1, b) + u64(r1 < high0)
  const r2 = a2 * b + high1
  const high2 = multiplyHigh(a2, b) + u64(r2 < high1)
  store<u64>(out, r1, 8)
  store<u64>(out, r2, 16)
  store<u64>(out, a3 * b + high2, 24)
}

/** Column by column: no column but the third can carry out of its successor. */
@inline
function multiplyFull(out: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let product = a0 * b1
  let r1 = multiplyHigh(a0, b0) + product
  let r2 = multiplyHigh(a0, b1) + u64(r1 < product)
  product = a1 * b0
  r1 += product
  product = multiplyHigh(a1, b0) + u64(r1 < product)
  r2 += product
  let r3 = u64(r2 < product)
  product = a0 * b2
  r2 += product
  r3 += u64(r2 < product)
  product = a1 * b1
  r2 += product
  r3 += u64(r2 < product)
  product = a2 * b0
  r2 += product
  r3 += u64(r2 < product)
  r3 += multiplyHigh(a0, b2) + multiplyHigh(a1, b1) + multiplyHigh(a2, b0)
  r3 += a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0
  store<u64>(out, a0 * b0)
  store<u64>(out, r1, 8)
  store<u64>(out, r2, 16)
  store<u64>(out, r3, 24)
}
