/** Powers in a ring by a sliding window (Handbook of Applied Cryptography 14.85). */

import { Ring } from './ring'

/** Odd powers that the widest window needs. */
export const TABLE_COUNT: usize = 32

/** Bits without leading zeros of `bytes` big-endian bytes. */
export function bitLength(number: usize, bytes: usize): u32 {
  while (bytes != 0 && load<u8>(number) == 0) {
    number++
    bytes--
  }
  return bytes == 0 ? 0 : (<u32>bytes << 3) + 24 - <u32>clz<u32>(load<u8>(number))
}

/**
 * out = table[0] to the power of the exponent, of which the lowest byte stands before `end`, and
 * whose `bits` bits are more than none. Fills the table with odd powers.
 */
export function windowPower(ring: Ring, out: usize, end: usize, bits: u32, table: usize): void {
  const window = windowFor(bits)
  fillTable(ring, out, table, window)
  let isOne = true
  for (let high = <i32>bits - 1; high >= 0; ) {
    if (bitAt(end, high) == 0) {
      ring.square(out, out)
      high--
      continue
    }
    let low = max(high - window + 1, 0)
    while (bitAt(end, low) == 0) low++
    let digit: usize = 0
    for (let i = high; i >= low; i--) digit = (digit << 1) | bitAt(end, i)
    const power = table + (digit >> 1) * (ring.limbs << 3)
    if (isOne) {
      memory.copy(out, power, ring.limbs << 3)
    } else {
      for (let i = high; i >= low; i--) ring.square(out, out)
      ring.multiply(out, out, power)
    }
    isOne = false
    high = low - 1
  }
}

/** Bits without leading zeros of the number's lowest `bits` bits. */
export function lowBitLength(end: usize, bits: u32): u32 {
  while (bits != 0 && bitAt(end, bits - 1) == 0) bits--
  return bits
}

@inline
function bitAt(end: usize, index: i32): usize {
  return (<usize>load<u8>(end - 1 - <usize>(index >> 3)) >> (index & 7)) & 1
}

/** The width that needs the fewest products for so many bits. */
function windowFor(bits: u32): i32 {
  if (bits < 24) return 1
  if (bits < 80) return 3
  if (bits < 240) return 4
  return bits < 672 ? 5 : 6
}

/** table[i] = table[0] to the power of 2 i + 1; `square` is free before and afterwards. */
function fillTable(ring: Ring, square: usize, table: usize, window: i32): void {
  if (window == 1) return
  const bytes = ring.limbs << 3
  ring.square(square, table)
  const last = table + (<usize>1 << (window - 1)) * bytes - bytes
  for (let power = table; power < last; power += bytes) {
    ring.multiply(power + bytes, power, square)
  }
}
