/**
 * Division of numbers of any length, in limbs of 64 bits: Knuth's algorithm D (TAOCP 2, 4.3.1) with
 * each quotient digit from the three highest limbs and a reciprocal of the divisor's two highest
 * (Moeller and Granlund, algorithm 4), which is one too large at most and hardly ever.
 */

import { multiplyHigh, reciprocal, reciprocalOfTwo } from './limb'

/** Limbs without leading zeros, of at most `limbs`. */
@inline
export function significantLimbs(number: usize, limbs: i32): i32 {
  while (limbs > 0 && load<u64>(number + (<usize>(limbs - 1) << 3)) == 0) limbs--
  return limbs
}

/** out = number << shift, 0 <= shift < 64; returns the bits that leave at the top. */
export function shiftLimbsLeft(out: usize, number: usize, limbs: i32, shift: u32): u64 {
  let carry: u64 = 0
  for (let i: usize = 0; i < <usize>limbs << 3; i += 8) {
    const limb = load<u64>(number + i)
    store<u64>(out + i, (limb << shift) | carry)
    carry = (limb >> 1) >> (63 - shift)
  }
  return carry
}

/** out = number >> shift, 0 <= shift < 64; `out` may be `number`. */
export function shiftLimbsRight(out: usize, number: usize, limbs: i32, shift: u32): void {
  let carry: u64 = 0
  for (let i: usize = <usize>limbs << 3; i != 0; ) {
    i -= 8
    const limb = load<u64>(number + i)
    store<u64>(out + i, (limb >> shift) | carry)
    carry = (limb << 1) << (63 - shift)
  }
}

/**
 * Divides `dividend`, whose highest limb must be below the divisor's highest, by `divisor`, whose
 * highest bit must be set. The quotient has dividendLimbs - divisorLimbs limbs and is left out when
 * `quotient` is 0; the remainder stays in the low limbs of `dividend`.
 */
export function divideLimbs(
  quotient: usize,
  dividend: usize,
  dividendLimbs: i32,
  divisor: usize,
  divisorLimbs: i32,
): void {
  const top = load<u64>(divisor + (<usize>(divisorLimbs - 1) << 3))
  assert(top >> 63 == 1, 'the highest bit of a divisor is set')
  assert(dividendLimbs > divisorLimbs, 'a quotient has a limb')
  if (divisorLimbs == 1) divideByLimb(quotient, dividend, dividendLimbs, load<u64>(divisor))
  else divideByLimbs(quotient, dividend, dividendLimbs, divisor, divisorLimbs)
}

function divideByLimb(quotient: usize, dividend: usize, limbs: i32, d: u64): void {
  const v = reciprocal(d)
  let i = <usize>(limbs - 1) << 3
  let rest = load<u64>(dividend + i)
  store<u64>(dividend + i, 0)
  while (i != 0) {
    i -= 8
    const low = load<u64>(dividend + i)
    const q0 = v * rest + low
    let q1 = multiplyHigh(v, rest) + rest + u64(q0 < low) + 1
    rest = low - q1 * d
    if (rest > q0) {
      q1--
      rest += d
    }
    if (rest >= d) {
      q1++
      rest -= d
    }
    store<u64>(dividend + i, 0)
    if (quotient != 0) store<u64>(quotient + i, q1)
  }
  store<u64>(dividend, rest)
}

/** The two highest limbs of the remainder, (u2, u1), stay out of memory from digit to digit. */
function divideByLimbs(
  quotient: usize,
  dividend: usize,
  dividendLimbs: i32,
  divisor: usize,
  divisorLimbs: i32,
): void {
  const lowBytes = <usize>(divisorLimbs - 2) << 3
  const d1 = load<u64>(divisor + lowBytes, 8)
  const d0 = load<u64>(divisor + lowBytes)
  const v = reciprocalOfTwo(d1, d0)
  let i = <usize>(dividendLimbs - divisorLimbs) << 3
  let u2 = load<u64>(dividend + i + lowBytes, 8)
  let u1 = load<u64>(dividend + i + lowBytes)
  while (i != 0) {
    i -= 8
    const part = dividend + i
    const u0 = load<u64>(part + lowBytes)
    let q = u64.MAX_VALUE
    if (u2 == d1 && u1 == d0) {
      // No digit is larger, and this one cannot be too large.
      store<u64>(part + lowBytes, u1, 8)
      subtractMultiple(part, divisor, lowBytes + 16, q)
      u2 = load<u64>(part + lowBytes, 8)
      u1 = load<u64>(part + lowBytes)
    } else {
      // The quotient of (u2, u1, u0) by (d1, d0), and its remainder (r1, r0).
      const q0 = v * u2 + u1
      q = multiplyHigh(v, u2) + u2 + u64(q0 < u1)
      const t0 = q * d0
      let r1 = u1 - q * d1 - multiplyHigh(q, d0) - u64(u0 < t0) - d1
      let r0 = u0 - t0
      r1 -= u64(r0 < d0)
      r0 -= d0
      q++
      if (r1 >= q0) {
        q--
        r0 += d0
        r1 += d1 + u64(r0 < d0)
      }
      if (r1 > d1 || (r1 == d1 && r0 >= d0)) {
        q++
        r1 -= d1 + u64(r0 < d0)
        r0 -= d0
      }
      // The divisor's lower limbs are taken off as well.
      const borrow = subtractMultiple(part, divisor, lowBytes, q)
      const isBelow = r1 == 0 && r0 < borrow
      u2 = r1 - u64(r0 < borrow)
      u1 = r0 - borrow
      if (isBelow) {
        q--
        const carry = addTo(part, divisor, lowBytes)
        const sum = u1 + d0
        u1 = sum + carry
        u2 += d1 + u64(sum < d0) + u64(u1 < carry)
      }
    }
    if (quotient != 0) store<u64>(quotient + i, q)
  }
  store<u64>(dividend + lowBytes, u2, 8)
  store<u64>(dividend + lowBytes, u1)
}

/** number -= q * divisor; returns what is to be taken off the limb above. */
@inline
function subtractMultiple(number: usize, divisor: usize, bytes: usize, q: u64): u64 {
  let carry: u64 = 0
  for (let i: usize = 0; i < bytes; i += 8) {
    const d = load<u64>(divisor + i)
    const low = q * d
    const limb = load<u64>(number + i)
    const taken = low + carry
    carry = multiplyHigh(q, d) + u64(taken < low) + u64(limb < taken)
    store<u64>(number + i, limb - taken)
  }
  return carry
}

/** number += a; returns the carry. */
function addTo(number: usize, a: usize, bytes: usize): u64 {
  let carry: u64 = 0
  for (let i: usize = 0; i < bytes; i += 8) {
    const limb = load<u64>(a + i)
    const sum = load<u64>(number + i) + limb
    const total = sum + carry
    carry = u64(sum < limb) | u64(total < carry)
    store<u64>(number + i, total)
  }
  return carry
}
