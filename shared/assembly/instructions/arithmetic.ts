/** Arithmetic with a price by its operands, and comparisons as the loop has them inline. */

import { REVISION_SPURIOUS_DRAGON } from '../../src/layout/environment'
import { FAULT_OUT_OF_GAS } from '../../src/layout/frame'
import { revision } from '../interpreter/machine'
import { wordPower } from '../u256/power'
import { wordByteLength } from '../u256/word'

/** For each byte of the exponent; EIP-160 raised it. */
const EXPONENT_BYTE_GAS: i64 = 10
const EXPONENT_BYTE_GAS_RAISED: i64 = 50

/** Operands: base, exponent, which gives way to the power. */
export function exp(sp: usize, gas: i64): i64 {
  const exponent = sp + 32
  const isRaised = revision() >= REVISION_SPURIOUS_DRAGON
  const byteGas = isRaised ? EXPONENT_BYTE_GAS_RAISED : EXPONENT_BYTE_GAS
  const left = gas - <i64>wordByteLength(exponent) * byteGas
  if (left < 0) return FAULT_OUT_OF_GAS
  wordPower(exponent, sp, exponent)
  return left
}

/** a < b, unsigned: whether a - b borrows. There is no branch that depends on the words. */
@inline
export function isLess(a: usize, b: usize): bool {
  return (borrowBelowTop(a, b, load<u64>(a, 24), load<u64>(b, 24)) & 1) != 0
}

/** a < b as two's complement: as unsigned with the signs turned round. */
@inline
export function isSignedLess(a: usize, b: usize): bool {
  const sign: u64 = 1 << 63
  const aTop = load<u64>(a, 24) ^ sign
  const bTop = load<u64>(b, 24) ^ sign
  return (borrowBelowTop(a, b, aTop, bTop) & 1) != 0
}

@inline
function borrowBelowTop(a: usize, b: usize, aTop: u64, bTop: u64): u64 {
  const a1 = load<u64>(a, 8)
  const b1 = load<u64>(b, 8)
  const a2 = load<u64>(a, 16)
  const b2 = load<u64>(b, 16)
  const c0 = u64(load<u64>(a) < load<u64>(b))
  const c1 = u64(a1 < b1) | (u64(a1 == b1) & c0)
  const c2 = u64(a2 < b2) | (u64(a2 == b2) & c1)
  return u64(aTop < bTop) | (u64(aTop == bTop) & c2)
}
