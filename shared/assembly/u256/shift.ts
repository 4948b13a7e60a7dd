/** Shifts (EIP-145), single bytes, sign extension and leading zeros (EIP-7939). */

import {
  wordBitLength,
  wordClear,
  wordCopy,
  wordFitsLong,
  wordIsNegative,
  wordLong,
  wordSet,
} from './word'

/** A shift or index that is so large that all larger ones do the same. */
@inline
function wordUpTo(a: usize, limit: u64): u64 {
  return wordFitsLong(a) && wordLong(a) < limit ? wordLong(a) : limit
}

/** out = a << shift. */
export function wordShiftLeft(out: usize, shift: usize, a: usize): void {
  const by = wordUpTo(shift, 256)
  if (by == 256) {
    wordClear(out)
    return
  }
  let r0 = load<u64>(a)
  let r1 = load<u64>(a, 8)
  let r2 = load<u64>(a, 16)
  let r3 = load<u64>(a, 24)
  if (by & 128) {
    r3 = r1
    r2 = r0
    r1 = 0
    r0 = 0
  }
  if (by & 64) {
    r3 = r2
    r2 = r1
    r1 = r0
    r0 = 0
  }
  const bits = by & 63
  const rest = 63 - bits
  store<u64>(out, (r3 << bits) | ((r2 >> 1) >> rest), 24)
  store<u64>(out, (r2 << bits) | ((r1 >> 1) >> rest), 16)
  store<u64>(out, (r1 << bits) | ((r0 >> 1) >> rest), 8)
  store<u64>(out, r0 << bits)
}

/** out = a >> shift, filled with zeros. */
export function wordShiftRight(out: usize, shift: usize, a: usize): void {
  const by = wordUpTo(shift, 256)
  if (by == 256) wordClear(out)
  else shiftRight(out, by, a, 0)
}

/** out = a >> shift, filled with the sign. */
export function wordShiftRightSigned(out: usize, shift: usize, a: usize): void {
  const by = wordUpTo(shift, 256)
  const fill: u64 = wordIsNegative(a) ? u64.MAX_VALUE : 0
  if (by == 256) fillWord(out, fill)
  else shiftRight(out, by, a, fill)
}

@inline
function fillWord(out: usize, limb: u64): void {
  store<u64>(out, limb)
  store<u64>(out, limb, 8)
  store<u64>(out, limb, 16)
  store<u64>(out, limb, 24)
}

@inline
function shiftRight(out: usize, by: u64, a: usize, fill: u64): void {
  let r0 = load<u64>(a)
  let r1 = load<u64>(a, 8)
  let r2 = load<u64>(a, 16)
  let r3 = load<u64>(a, 24)
  if (by & 128) {
    r0 = r2
    r1 = r3
    r2 = fill
    r3 = fill
  }
  if (by & 64) {
    r0 = r1
    r1 = r2
    r2 = r3
    r3 = fill
  }
  const bits = by & 63
  const rest = 63 - bits
  store<u64>(out, (r0 >> bits) | ((r1 << 1) << rest))
  store<u64>(out, (r1 >> bits) | ((r2 << 1) << rest), 8)
  store<u64>(out, (r2 >> bits) | ((r3 << 1) << rest), 16)
  store<u64>(out, (r3 >> bits) | ((fill << 1) << rest), 24)
}

/** out = the byte of `a` at `index`, 0 being the most significant; 0 from index 32 on. */
export function wordByte(out: usize, index: usize, a: usize): void {
  const at = wordUpTo(index, 32)
  wordSet(out, at == 32 ? 0 : <u64>load<u8>(a + 31 - <usize>at))
}

/** out = `a` with its sign at byte `index`, 0 being the least significant, copied upwards. */
export function wordSignExtend(out: usize, index: usize, a: usize): void {
  const at = wordUpTo(index, 31)
  if (at == 31) {
    wordCopy(out, a)
    return
  }
  const limb = <usize>(at >> 3) << 3
  const unused = 56 - ((at & 7) << 3)
  const extended = (<i64>load<u64>(a + limb) << <i64>unused) >> <i64>unused
  const fill = <u64>(extended >> 63)
  const below0 = load<u64>(a)
  const below1 = load<u64>(a, 8)
  const below2 = load<u64>(a, 16)
  fillWord(out, fill)
  if (limb > 0) store<u64>(out, below0)
  if (limb > 8) store<u64>(out, below1, 8)
  if (limb > 16) store<u64>(out, below2, 16)
  store<u64>(out + limb, <u64>extended)
}

/** out = how many bits stand above the highest that is set; 256 for zero. */
export function wordLeadingZeros(out: usize, a: usize): void {
  wordSet(out, <u64>(256 - wordBitLength(a)))
}
