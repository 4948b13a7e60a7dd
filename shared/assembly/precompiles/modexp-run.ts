/**
 * MODEXP (EIP-198) on the input as it stands in memory: brings base and modulus to the lengths that
 * are claimed for them and hands them to the kernel.
 */

import { modexp, modexpScratchBytes } from './kernels/modexp'
import { copyPadded, MODEXP_HEADER_BYTES, readLength } from './modexp-input'
import { aligned, requireRoom } from './workspace'

/**
 * Writes the power to `out`, which is 8-aligned with free memory behind it; returns its length.
 * Base and modulus are below 2^31 bytes, because more cannot be paid.
 */
export function runModexp(out: usize, input: usize, inputBytes: u32): u32 {
  const baseBytes = <usize>readLength(input, inputBytes, 0)
  const exponentBytes = readLength(input, inputBytes, 32)
  const modulusBytes = <usize>readLength(input, inputBytes, 64)
  if (modulusBytes == 0) return 0
  requireRoom(out, modulusBytes)
  const exponentOffset = <u64>MODEXP_HEADER_BYTES + <u64>baseBytes
  const modulusOffset = exponentOffset + exponentBytes
  if (modulusOffset >= inputBytes) {
    // A modulus of zeros only; a longer exponent than there is memory ends here too.
    memory.fill(out, 0, modulusBytes)
    return <u32>modulusBytes
  }
  const modulus = aligned(out + modulusBytes)
  const scratch = aligned(modulus + modulusBytes)
  const exponent = <usize>exponentBytes
  requireRoom(scratch, modexpScratchBytes(baseBytes, exponent, modulusBytes))
  copyPadded(modulus, input, inputBytes, modulusOffset, modulusBytes)
  const base = input + MODEXP_HEADER_BYTES
  modexp(out, base, baseBytes, base + baseBytes, exponent, modulus, modulusBytes, scratch)
  return <u32>modulusBytes
}
