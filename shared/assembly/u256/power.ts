/** Powers modulo 2^256. */

import { kernelScratch } from '../memory/thread'
import { wordMultiply } from './multiply'
import { wordBitLength, wordCopy, wordSet } from './word'

/** out = base to the power of exponent modulo 2^256; 0 to the power of 0 is 1. */
export function wordPower(out: usize, base: usize, exponent: usize): void {
  const bits = <i32>wordBitLength(exponent)
  if (bits == 0) {
    wordSet(out, 1)
    return
  }
  const factor = kernelScratch()
  const digits = factor + 32
  wordCopy(factor, base)
  wordCopy(digits, exponent)
  wordCopy(out, factor)
  for (let i = bits - 2; i >= 0; i--) {
    wordMultiply(out, out, out)
    const limb = load<u64>(digits + (<usize>(i >> 6) << 3))
    if ((limb >> (i & 63)) & 1) wordMultiply(out, out, factor)
  }
}
