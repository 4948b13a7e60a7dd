/**
 * Modular powers of any length, the precompile at address 5 (EIP-198). A modulus is split into an
 * odd part q and 2^k: the power is taken modulo q in Montgomery's form and modulo 2^k by truncated
 * products, and the two are combined by the Chinese remainder theorem.
 */

import {
  divideLimbs,
  shiftLimbsLeft,
  shiftLimbsRight,
  significantLimbs,
} from '../../u256/long-division'
import {
  addLimbs,
  clearLimbs,
  limbsFromBytes,
  limbsToBytes,
  multiplyLow,
  subtractLimbs,
} from './limbs'
import { inverseLimb, Ring } from './ring'
import { bitLength, lowBitLength, TABLE_COUNT, windowPower } from './window-power'

/** Numbers of the modulus's length in the scratch, besides the table: see `layOut`. */
const NUMBER_COUNT: usize = 8
/** The record below, the ring's, and a limb of carry for each number that needs one. */
const FIXED_BYTES: usize = 256

/** One computation: its operands, and places in the scratch. */
@unmanaged
class Operands {
  base: usize
  baseBytes: usize
  /** Just behind the exponent's lowest byte. */
  exponentEnd: usize
  exponentBits: u32
  /** Limbs of the modulus as it was given; each number has so many, with zeros at the top. */
  limbs: usize
  /** The odd part of the modulus. */
  odd: usize
  /** The power modulo the odd part. */
  first: usize
  /** The power modulo the power of two. */
  second: usize
  inverse: usize
  divisor: usize
  product: usize
  table: usize
  dividend: usize
}

/** Bytes of scratch that `modexp` needs for operands of these lengths; exponents stay in place. */
export function modexpScratchBytes(
  baseBytes: usize,
  _exponentBytes: usize,
  modulusBytes: usize,
): usize {
  const limbs = limbsFor(modulusBytes)
  return FIXED_BYTES + ((limbsFor(baseBytes) + limbs * (NUMBER_COUNT + TABLE_COUNT)) << 3)
}

@inline
function limbsFor(bytes: usize): usize {
  return (bytes + 7) >> 3
}

/**
 * out = base to the power of exponent modulo modulus, all big-endian bytes; `out` receives
 * modulusBytes bytes and may overlap the operands. Modulo 0 and 1 everything is 0.
 */
export function modexp(
  out: usize,
  base: usize,
  baseBytes: usize,
  exponent: usize,
  exponentBytes: usize,
  modulus: usize,
  modulusBytes: usize,
  scratch: usize,
): void {
  const operands = layOut(scratch, limbsFor(modulusBytes))
  limbsFromBytes(operands.odd, operands.limbs, modulus, modulusBytes)
  const limbs = significantLimbs(operands.odd, <i32>operands.limbs)
  if (limbs == 0 || (limbs == 1 && load<u64>(operands.odd) == 1)) {
    memory.fill(out, 0, modulusBytes)
    return
  }
  operands.base = base
  operands.baseBytes = baseBytes
  operands.exponentEnd = exponent + exponentBytes
  operands.exponentBits = bitLength(exponent, exponentBytes)
  if (operands.exponentBits == 0) {
    memory.fill(out, 0, modulusBytes - 1)
    store<u8>(out + modulusBytes - 1, 1)
    return
  }
  const twos = takeTwos(operands, limbs)
  powerModuloOdd(operands, changetype<Ring>(scratch))
  if (twos != 0) {
    powerModuloTwos(operands, changetype<Ring>(scratch), twos)
    combine(operands, twos)
  }
  limbsToBytes(out, modulusBytes, operands.first)
}

/** The ring's record comes first, then the operands', then the numbers. */
function layOut(scratch: usize, limbs: usize): Operands {
  const operands = changetype<Operands>(scratch + offsetof<Ring>())
  const bytes = limbs << 3
  let next = (scratch + offsetof<Ring>() + offsetof<Operands>() + 7) & ~7
  operands.limbs = limbs
  operands.odd = next
  operands.first = (next += bytes)
  operands.second = (next += bytes)
  operands.inverse = (next += bytes)
  operands.divisor = (next += bytes)
  operands.product = (next += bytes)
  operands.table = (next += bytes << 1)
  operands.dividend = (next += TABLE_COUNT * bytes)
  return operands
}

/** Divides the modulus by the highest power of two that it contains; returns the exponent. */
function takeTwos(operands: Operands, limbs: i32): usize {
  let zeroLimbs: usize = 0
  while (load<u64>(operands.odd + (zeroLimbs << 3)) == 0) zeroLimbs++
  const bits = <usize>ctz(load<u64>(operands.odd + (zeroLimbs << 3)))
  const rest = <usize>limbs - zeroLimbs
  memory.copy(operands.odd, operands.odd + (zeroLimbs << 3), rest << 3)
  memory.fill(operands.odd + (rest << 3), 0, zeroLimbs << 3)
  shiftLimbsRight(operands.odd, operands.odd, <i32>rest, <u32>bits)
  return (zeroLimbs << 6) + bits
}

/** first = the power modulo the odd part. */
function powerModuloOdd(operands: Operands, ring: Ring): void {
  const limbs = significantLimbs(operands.odd, <i32>operands.limbs)
  ring.limbs = limbs
  ring.modulus = operands.odd
  ring.inverse = 0 - inverseLimb(load<u64>(operands.odd))
  ring.product = operands.product
  baseToRing(operands, limbs)
  memory.fill(operands.first, 0, operands.limbs << 3)
  windowPower(ring, operands.first, operands.exponentEnd, operands.exponentBits, operands.table)
  ring.plain(operands.first, operands.first)
}

/** table[0] = base * 2^(64 limbs) modulo the odd part: the base in Montgomery's form. */
function baseToRing(operands: Operands, limbs: i32): void {
  const baseLimbs = limbsFor(operands.baseBytes)
  const dividend = operands.dividend
  const divisor = operands.divisor
  const ringBytes = <usize>limbs << 3
  memory.fill(dividend, 0, ringBytes)
  limbsFromBytes(dividend + ringBytes, baseLimbs, operands.base, operands.baseBytes)
  const dividendLimbs = limbs + <i32>baseLimbs
  const shift = <u32>clz(load<u64>(operands.odd + ringBytes - 8))
  const carry = shiftLimbsLeft(dividend, dividend, dividendLimbs, shift)
  store<u64>(dividend + (<usize>dividendLimbs << 3), carry)
  shiftLimbsLeft(divisor, operands.odd, limbs, shift)
  divideLimbs(0, dividend, dividendLimbs + 1, divisor, limbs)
  shiftLimbsRight(operands.table, dividend, limbs, shift)
}

/**
 * second = the power modulo 2^twos, with more bits in the highest limb. Powers of an even base are
 * 0 from the exponent `twos` on; those of an odd one repeat, so that the exponent's low bits do.
 */
function powerModuloTwos(operands: Operands, ring: Ring, twos: usize): void {
  const limbs = (twos + 63) >> 6
  const bytes = min(operands.baseBytes, limbs << 3)
  const end = operands.exponentEnd
  let bits = operands.exponentBits
  limbsFromBytes(operands.table, limbs, operands.base + operands.baseBytes - bytes, bytes)
  clearLimbs(operands.second, limbs)
  if ((load<u64>(operands.table) & 1) == 0) {
    if (bits > 32 || <usize>lowExponent(end, bits) >= twos) return
  } else {
    bits = lowBitLength(end, min<u32>(bits, <u32>twos))
    store<u64>(operands.second, 1)
    if (bits == 0) return
  }
  ring.limbs = limbs
  ring.modulus = 0
  windowPower(ring, operands.second, end, bits, operands.table)
}

/** An exponent of up to 32 bits. */
function lowExponent(end: usize, bits: u32): u32 {
  let exponent: u32 = 0
  for (let place = end - ((bits + 7) >> 3); place < end; place++) {
    exponent = (exponent << 8) | load<u8>(place)
  }
  return exponent
}

/** first += odd * ((second - first) / odd modulo 2^twos), which is below the whole modulus. */
function combine(operands: Operands, twos: usize): void {
  const limbs = (twos + 63) >> 6
  const first = operands.first
  const second = operands.second
  const inverse = operands.inverse
  const odd = operands.odd
  const product = operands.product
  subtractLimbs(second, second, first, limbs)
  invert(operands, limbs)
  multiplyLow(product, second, inverse, limbs)
  memory.fill(second, 0, operands.limbs << 3)
  memory.copy(second, product, limbs << 3)
  if (twos & 63) {
    const top = second + (limbs << 3) - 8
    store<u64>(top, load<u64>(top) & ((<u64>1 << (twos & 63)) - 1))
  }
  multiplyLow(product, odd, second, operands.limbs)
  addLimbs(first, product, operands.limbs)
}

/** inverse = 1 / odd modulo 2^(64 limbs): a step of Newton's doubles the limbs that are right. */
function invert(operands: Operands, limbs: usize): void {
  const inverse = operands.inverse
  const odd = operands.odd
  const product = operands.product
  const table = operands.table
  memory.fill(inverse, 0, limbs << 3)
  store<u64>(inverse, inverseLimb(load<u64>(odd)))
  for (let right: usize = 1; right < limbs; ) {
    right = min(right << 1, limbs)
    // inverse *= 2 - odd * inverse
    multiplyLow(product, odd, inverse, right)
    memory.fill(table, 0, right << 3)
    store<u64>(table, 2)
    subtractLimbs(table, table, product, right)
    multiplyLow(product, inverse, table, right)
    memory.copy(inverse, product, right << 3)
  }
}
