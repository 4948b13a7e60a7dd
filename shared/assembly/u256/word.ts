/**
 * 256-bit words: four u64 limbs, least significant first, 8-aligned. Comparisons, additions and bit
 * operations; every `out` may be one of the inputs. Work on limbs is inlined into the callers, who
 * are the interpreter's loop and multi-version memory.
 */

@inline
export function wordCopy(out: usize, from: usize): void {
  store<u64>(out, load<u64>(from))
  store<u64>(out, load<u64>(from, 8), 8)
  store<u64>(out, load<u64>(from, 16), 16)
  store<u64>(out, load<u64>(from, 24), 24)
}

@inline
export function wordSwap(a: usize, b: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  wordCopy(a, b)
  store<u64>(b, a0)
  store<u64>(b, a1, 8)
  store<u64>(b, a2, 16)
  store<u64>(b, a3, 24)
}

@inline
export function wordClear(out: usize): void {
  wordSet(out, 0)
}

@inline
export function wordSet(out: usize, value: u64): void {
  store<u64>(out, value)
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

@inline
export function wordIsZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** True when the word is below 2^64: `wordLong` is all of it. */
@inline
export function wordFitsLong(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** The least significant limb. */
@inline
export function wordLong(a: usize): u64 {
  return load<u64>(a)
}

/** a < b, unsigned. */
export function wordLess(a: usize, b: usize): bool {
  const x3 = load<u64>(a, 24)
  const y3 = load<u64>(b, 24)
  if (x3 != y3) return x3 < y3
  return lowLess(a, b)
}

/** a < b, both read as two's complement. */
export function wordSignedLess(a: usize, b: usize): bool {
  const x3 = <i64>load<u64>(a, 24)
  const y3 = <i64>load<u64>(b, 24)
  if (x3 != y3) return x3 < y3
  return lowLess(a, b)
}

/** Compares the three lower limbs. */
@inline
function lowLess(a: usize, b: usize): bool {
  const x2 = load<u64>(a, 16)
  const y2 = load<u64>(b, 16)
  if (x2 != y2) return x2 < y2
  const x1 = load<u64>(a, 8)
  const y1 = load<u64>(b, 8)
  if (x1 != y1) return x1 < y1
  return load<u64>(a) < load<u64>(b)
}

/** True when the word, read as two's complement, is below zero. */
@inline
export function wordIsNegative(a: usize): bool {
  return <i64>load<u64>(a, 24) < 0
}

/** out = a + b modulo 2^256; returns the carry out. */
@inline
export function wordAdd(out: usize, a: usize, b: usize): bool {
  const x0 = load<u64>(a)
  const x1 = load<u64>(a, 8)
  const x2 = load<u64>(a, 16)
  const x3 = load<u64>(a, 24)
  const s0 = x0 + load<u64>(b)
  const s1 = x1 + load<u64>(b, 8)
  const s2 = x2 + load<u64>(b, 16)
  const s3 = x3 + load<u64>(b, 24)
  const c0 = u64(s0 < x0)
  const r1 = s1 + c0
  const c1 = u64(s1 < x1) | u64(r1 < c0)
  const r2 = s2 + c1
  const c2 = u64(s2 < x2) | u64(r2 < c1)
  const r3 = s3 + c2
  store<u64>(out, s0)
  store<u64>(out, r1, 8)
  store<u64>(out, r2, 16)
  store<u64>(out, r3, 24)
  return (u64(s3 < x3) | u64(r3 < c2)) != 0
}

/** out = a - b modulo 2^256; returns the borrow out. */
@inline
export function wordSubtract(out: usize, a: usize, b: usize): bool {
  const x0 = load<u64>(a)
  const x1 = load<u64>(a, 8)
  const x2 = load<u64>(a, 16)
  const x3 = load<u64>(a, 24)
  const y0 = load<u64>(b)
  const y1 = load<u64>(b, 8)
  const y2 = load<u64>(b, 16)
  const y3 = load<u64>(b, 24)
  const b0 = u64(x0 < y0)
  const d1 = x1 - y1
  const b1 = u64(x1 < y1) | u64(d1 < b0)
  const d2 = x2 - y2
  const b2 = u64(x2 < y2) | u64(d2 < b1)
  const d3 = x3 - y3
  store<u64>(out, x0 - y0)
  store<u64>(out, d1 - b0, 8)
  store<u64>(out, d2 - b1, 16)
  store<u64>(out, d3 - b2, 24)
  return (u64(x3 < y3) | u64(d3 < b2)) != 0
}

/** out = -a modulo 2^256. */
export function wordNegate(out: usize, a: usize): void {
  const r0 = 0 - load<u64>(a)
  const c0 = u64(r0 == 0)
  const r1 = ~load<u64>(a, 8) + c0
  const c1 = c0 & u64(r1 == 0)
  const r2 = ~load<u64>(a, 16) + c1
  const c2 = c1 & u64(r2 == 0)
  store<u64>(out, ~load<u64>(a, 24) + c2, 24)
  store<u64>(out, r0)
  store<u64>(out, r1, 8)
  store<u64>(out, r2, 16)
}

// Limbs, not vectors: a vector loaded right after two limbs were stored waits for both to retire.

@inline
export function wordAnd(out: usize, a: usize, b: usize): void {
  store<u64>(out, load<u64>(a) & load<u64>(b))
  store<u64>(out, load<u64>(a, 8) & load<u64>(b, 8), 8)
  store<u64>(out, load<u64>(a, 16) & load<u64>(b, 16), 16)
  store<u64>(out, load<u64>(a, 24) & load<u64>(b, 24), 24)
}

@inline
export function wordOr(out: usize, a: usize, b: usize): void {
  store<u64>(out, load<u64>(a) | load<u64>(b))
  store<u64>(out, load<u64>(a, 8) | load<u64>(b, 8), 8)
  store<u64>(out, load<u64>(a, 16) | load<u64>(b, 16), 16)
  store<u64>(out, load<u64>(a, 24) | load<u64>(b, 24), 24)
}

@inline
export function wordXor(out: usize, a: usize, b: usize): void {
  store<u64>(out, load<u64>(a) ^ load<u64>(b))
  store<u64>(out, load<u64>(a, 8) ^ load<u64>(b, 8), 8)
  store<u64>(out, load<u64>(a, 16) ^ load<u64>(b, 16), 16)
  store<u64>(out, load<u64>(a, 24) ^ load<u64>(b, 24), 24)
}

@inline
export function wordNot(out: usize, a: usize): void {
  store<u64>(out, ~load<u64>(a))
  store<u64>(out, ~load<u64>(a, 8), 8)
  store<u64>(out, ~load<u64>(a, 16), 16)
  store<u64>(out, ~load<u64>(a, 24), 24)
}

/** Bits up to the highest that is set; 0 for zero. */
export function wordBitLength(a: usize): u32 {
  if (load<u64>(a, 24) != 0) return 256 - <u32>clz(load<u64>(a, 24))
  if (load<u64>(a, 16) != 0) return 192 - <u32>clz(load<u64>(a, 16))
  if (load<u64>(a, 8) != 0) return 128 - <u32>clz(load<u64>(a, 8))
  return 64 - <u32>clz(load<u64>(a))
}

/** Bytes without leading zeros; 0 for zero. */
export function wordByteLength(a: usize): u32 {
  return (wordBitLength(a) + 7) >> 3
}

/** The sixteen bytes in reverse order. */
@inline
function reversed(bytes: v128): v128 {
  return v128.shuffle<u8>(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
}

/** Two limbs as a vector, loaded one by one because they may just have been stored so. */
@inline
function limbPair(limbs: usize): v128 {
  return i64x2.replace_lane(i64x2.splat(load<u64>(limbs)), 1, load<u64>(limbs, 8))
}

/** The word of 32 big-endian bytes. */
@inline
export function wordFromBytes(out: usize, bytes: usize): void {
  const high = reversed(v128.load(bytes))
  const low = reversed(v128.load(bytes, 16))
  v128.store(out, low)
  v128.store(out, high, 16)
}

/** The word's 32 big-endian bytes. */
@inline
export function wordToBytes(bytes: usize, word: usize): void {
  const high = reversed(limbPair(word + 16))
  const low = reversed(limbPair(word))
  v128.store(bytes, high)
  v128.store(bytes, low, 16)
}

/**
 * The word of 0 to 32 big-endian bytes, as PUSHn reads them. Loads, and masks out, up to 32 bytes
 * before `bytes`.
 */
@inline
export function wordFromShortBytes(out: usize, bytes: usize, count: usize): void {
  const kept = i8x16.splat(<i8>count)
  const end = bytes + count
  const low = reversed(v128.load(end - 16))
  const high = reversed(v128.load(end - 32))
  const lowPlaces = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  const highPlaces = i8x16(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)
  v128.store(out, v128.and(low, i8x16.gt_s(kept, lowPlaces)))
  v128.store(out, v128.and(high, i8x16.gt_s(kept, highPlaces)), 16)
}

/** The word of a 20-byte address. */
@inline
export function wordFromAddress(out: usize, address: usize): void {
  const high = bswap<u32>(load<u32>(address))
  const low = reversed(v128.load(address, 4))
  v128.store(out, low)
  store<u64>(out, <u64>high, 16)
  store<u64>(out, 0, 24)
}

/** The word's low 20 bytes as an address. */
@inline
export function wordToAddress(address: usize, word: usize): void {
  const high = bswap<u32>(load<u32>(word, 16))
  const low = reversed(limbPair(word))
  store<u32>(address, high)
  v128.store(address, low, 4)
}

/** out = 2^256 - 1. */
@inline
export function wordFill(out: usize): void {
  v128.store(out, i64x2.splat(-1))
  v128.store(out, i64x2.splat(-1), 16)
}
