/**
 * The few operations on 256-bit words that multi-version memory needs. A word is four u64 limbs,
 * least significant first, 8-aligned.
 */

@inline
export function wordCopy(out: usize, from: usize): void {
  store<u64>(out, load<u64>(from))
  store<u64>(out, load<u64>(from, 8), 8)
  store<u64>(out, load<u64>(from, 16), 16)
  store<u64>(out, load<u64>(from, 24), 24)
}

@inline
export function wordClear(out: usize): void {
  store<u64>(out, 0)
  store<u64>(out, 0, 8)
  store<u64>(out, 0, 16)
  store<u64>(out, 0, 24)
}

@inline
export function wordEquals(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  )
}

/** a < b, unsigned. */
export function wordLess(a: usize, b: usize): bool {
  for (let i: usize = 24; i < 32; i -= 8) {
    const x = load<u64>(a + i)
    const y = load<u64>(b + i)
    if (x != y) return x < y
  }
  return false
}

/** True when the word, read as two's complement, is below zero. */
@inline
export function wordIsNegative(a: usize): bool {
  return <i64>load<u64>(a, 24) < 0
}

/** out = a + b modulo 2^256; returns the carry out. `out` may be `a` or `b`. */
export function wordAdd(out: usize, a: usize, b: usize): bool {
  let carry: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i)
    const sum = x + load<u64>(b + i)
    const total = sum + carry
    carry = u64(sum < x) | u64(total < sum)
    store<u64>(out + i, total)
  }
  return carry != 0
}
