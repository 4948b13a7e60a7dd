/**
 * Division and remainder of words by the EVM's rules: what is divided by zero is zero, and the
 * quotient of the least negative number by -1 wraps to itself (Yellow Paper, appendix H).
 */

import { kernelScratch } from '../memory/thread'
import {
  divideLimbs,
  shiftLimbsLeft,
  shiftLimbsRight,
  significantLimbs,
} from './long-division'
import {
  wordClear,
  wordCopy,
  wordFitsLong,
  wordIsNegative,
  wordLess,
  wordLong,
  wordNegate,
  wordSet,
} from './word'

// Places in the kernels' scratch.
const DIVISOR: usize = 0
const DIVIDEND: usize = 64
const MAGNITUDE_A: usize = 512
const MAGNITUDE_B: usize = 544

/** out = floor(a / b), 0 when b is 0. */
export function wordDivide(out: usize, a: usize, b: usize): void {
  if (wordFitsLong(b)) {
    const divisor = wordLong(b)
    if (divisor <= 1) {
      if (divisor == 0) wordClear(out)
      else wordCopy(out, a)
      return
    }
    if (wordFitsLong(a)) {
      wordSet(out, wordLong(a) / divisor)
      return
    }
  }
  if (wordLess(a, b)) {
    wordClear(out)
    return
  }
  const scratch = kernelScratch()
  const divisorLimbs = significantLimbs(b, 4)
  const dividendLimbs = significantLimbs(a, 4)
  const shift = <u32>clz(load<u64>(b + (<usize>(divisorLimbs - 1) << 3)))
  const limbs = normalize(scratch, a, dividendLimbs, b, divisorLimbs, shift)
  wordClear(out)
  divideLimbs(out, scratch + DIVIDEND, limbs, scratch + DIVISOR, divisorLimbs)
}

/** out = a modulo b, 0 when b is 0. */
export function wordModulo(out: usize, a: usize, b: usize): void {
  if (wordFitsLong(a) && wordFitsLong(b)) {
    const divisor = wordLong(b)
    wordSet(out, divisor == 0 ? 0 : wordLong(a) % divisor)
    return
  }
  numberModulo(out, a, significantLimbs(a, 4), b)
}

/** out = a modulo b, 0 when b is 0; a has `aLimbs` limbs, up to eight, and room for four. */
export function numberModulo(out: usize, a: usize, aLimbs: i32, b: usize): void {
  if (aLimbs <= 4 && wordLess(a, b)) {
    wordCopy(out, a)
    return
  }
  const divisorLimbs = significantLimbs(b, 4)
  if (divisorLimbs == 0) {
    wordClear(out)
    return
  }
  const scratch = kernelScratch()
  const shift = <u32>clz(load<u64>(b + (<usize>(divisorLimbs - 1) << 3)))
  const limbs = normalize(scratch, a, aLimbs, b, divisorLimbs, shift)
  divideLimbs(0, scratch + DIVIDEND, limbs, scratch + DIVISOR, divisorLimbs)
  wordClear(out)
  shiftLimbsRight(out, scratch + DIVIDEND, divisorLimbs, shift)
}

/**
 * Puts both into the scratch, shifted so that the divisor's highest bit is set. Returns the limbs
 * of the dividend, one more than before unless its highest is below the divisor's anyway.
 */
@inline
function normalize(
  scratch: usize,
  a: usize,
  aLimbs: i32,
  b: usize,
  bLimbs: i32,
  shift: u32,
): i32 {
  const carry = shiftLimbsLeft(scratch + DIVIDEND, a, aLimbs, shift)
  const top = scratch + DIVIDEND + (<usize>aLimbs << 3)
  store<u64>(top, carry)
  shiftLimbsLeft(scratch + DIVISOR, b, bLimbs, shift)
  const isBelow = load<u64>(top - 8) < load<u64>(scratch + DIVISOR + (<usize>(bLimbs - 1) << 3))
  return aLimbs + i32(carry != 0 || !isBelow)
}

/** out = a / b truncated towards zero, both read as two's complement. */
export function wordSignedDivide(out: usize, a: usize, b: usize): void {
  const isNegative = wordIsNegative(a) != wordIsNegative(b)
  wordDivide(out, magnitude(a, MAGNITUDE_A), magnitude(b, MAGNITUDE_B))
  if (isNegative) wordNegate(out, out)
}

/** out = the remainder of a / b truncated towards zero: it has the sign of a. */
export function wordSignedModulo(out: usize, a: usize, b: usize): void {
  const isNegative = wordIsNegative(a)
  wordModulo(out, magnitude(a, MAGNITUDE_A), magnitude(b, MAGNITUDE_B))
  if (isNegative) wordNegate(out, out)
}

/** The word itself, or its negation at a place of the scratch. */
@inline
function magnitude(a: usize, place: usize): usize {
  if (!wordIsNegative(a)) return a
  const negated = kernelScratch() + place
  wordNegate(negated, a)
  return negated
}
