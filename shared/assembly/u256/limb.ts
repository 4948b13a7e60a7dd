/**
 * Products and reciprocals of 64-bit limbs; wasm multiplies 64 x 64 bits to 64 only. Contracts
 * divide by the same few numbers, so that the last reciprocals are kept: they take as long as the
 * rest of a division.
 */

const LOW_HALF: u64 = 0xffffffff

// Worker-local: the last divisor of one limb and of two, with their reciprocals. No divisor is 0.
let lastOne: u64 = 0
let lastReciprocal: u64 = 0
let lastHigh: u64 = 0
let lastLow: u64 = 0
let lastReciprocalOfTwo: u64 = 0

/** The high 64 bits of a * b. */
@inline
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & LOW_HALF
  const aHigh = a >> 32
  const bLow = b & LOW_HALF
  const bHigh = b >> 32
  const cross = aLow * bHigh
  const middle = ((aLow * bLow) >> 32) + (cross & LOW_HALF) + aHigh * bLow
  return aHigh * bHigh + (cross >> 32) + (middle >> 32)
}

/** The limb at `at` += x * y + carry; returns the carry above it. */
@inline
export function addProduct(at: usize, x: u64, y: u64, carry: u64): u64 {
  const low = x * y
  const sum = low + carry
  const total = sum + load<u64>(at)
  store<u64>(at, total)
  return multiplyHigh(x, y) + u64(sum < low) + u64(total < sum)
}

/** floor((2^128 - 1) / d) - 2^64 for a limb whose highest bit is set. */
@inline
export function reciprocal(d: u64): u64 {
  if (d == lastOne) return lastReciprocal
  lastOne = d
  lastReciprocal = computeReciprocal(d)
  return lastReciprocal
}

/** floor((2^192 - 1) / (d1, d0)) - 2^64, the highest bit of d1 set. */
@inline
export function reciprocalOfTwo(d1: u64, d0: u64): u64 {
  if (d1 == lastHigh && d0 == lastLow) return lastReciprocalOfTwo
  lastHigh = d1
  lastLow = d0
  lastReciprocalOfTwo = computeReciprocalOfTwo(d1, d0)
  return lastReciprocalOfTwo
}

/**
 * Moeller and Granlund, Improved Division by Invariant Integers, algorithm 3; the first estimate is
 * computed instead of looked up.
 */
function computeReciprocal(d: u64): u64 {
  const odd = d & 1
  const top40 = (d >> 24) + 1
  const v0 = <u64>(<u32>0x7fd00 / <u32>(d >> 55))
  const v1 = (v0 << 11) - ((v0 * v0 * top40) >> 40) - 1
  const v2 = (v1 << 13) + ((v1 * ((<u64>1 << 60) - v1 * top40)) >> 47)
  const rest = ((v2 >> 1) & (0 - odd)) - v2 * ((d >> 1) + odd)
  const v3 = (v2 << 31) + (multiplyHigh(v2, rest) >> 1)
  const low = v3 * d
  return v3 - (multiplyHigh(v3, d) + u64(low + d < low) + d)
}

/** Algorithm 6 there. */
function computeReciprocalOfTwo(d1: u64, d0: u64): u64 {
  let v = computeReciprocal(d1)
  let p = d1 * v + d0
  if (p < d0) {
    v--
    if (p >= d1) {
      v--
      p -= d1
    }
    p -= d1
  }
  const high = multiplyHigh(v, d0)
  p += high
  if (p < high) {
    v--
    if (p > d1 || (p == d1 && v * d0 + d0 >= d0)) v--
  }
  return v
}
