/**
 * Words of the control region that hold what was measured, on the average of the last times. Of
 * threads that write at once one loses its value, which nobody minds.
 */

import { CONTROL_OFFSET } from '../../src/layout/memory-map'

/** Of what was known before, beside 1 for what is new. */
const OLD_WEIGHT: u64 = 7

/** The average at the word, or `unknown` before anything was measured. */
@inline
export function average(word: usize, unknown: u32): u64 {
  const known = load<u32>(CONTROL_OFFSET + word)
  return known == 0 ? unknown : known
}

export function noteAverage(word: usize, measured: u64): void {
  const known = <u64>load<u32>(CONTROL_OFFSET + word)
  const next = known == 0 ? measured : (known * OLD_WEIGHT + measured) / (OLD_WEIGHT + 1)
  store<u32>(CONTROL_OFFSET + word, <u32>max(1, min(next, <u64>i32.MAX_VALUE)))
}
