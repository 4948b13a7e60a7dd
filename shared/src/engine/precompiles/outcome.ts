/** What a precompile of the host answers: how many bytes of output it wrote, or that it failed. */

/** All gas is used up and there is no output. */
export const FAILED = -1

const WORD_BYTES = 32

/** Writes a word that is 1 or 0. */
export function writeFlag(output: Uint8Array, flag: boolean): number {
  output.fill(0, 0, WORD_BYTES)
  output[WORD_BYTES - 1] = flag ? 1 : 0
  return WORD_BYTES
}
