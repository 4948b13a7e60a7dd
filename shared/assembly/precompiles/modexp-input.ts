/**
 * The input of MODEXP (EIP-198): three lengths of 32 bytes, then base, exponent and modulus. Behind
 * its end it goes on with zeros, so that the lengths may claim any size.
 */

export const MODEXP_HEADER_BYTES: u32 = 96

/** Stands for a length that needs more than 64 bits. */
const LENGTH_HUGE: u64 = u64.MAX_VALUE

/** The length at `offset`: 0 for the base, 32 for the exponent, 64 for the modulus. */
export function readLength(input: usize, inputBytes: u32, offset: u32): u64 {
  let length: u64 = 0
  for (let i = offset; i < offset + 32; i++) {
    if (length >> 56 != 0) return LENGTH_HUGE
    length = (length << 8) | <u64>byteAt(input, inputBytes, i)
  }
  return length
}

/** Copies `bytes` of the input and its zeros from `offset` on, which is within the input. */
export function copyPadded(
  out: usize,
  input: usize,
  inputBytes: u32,
  offset: u64,
  bytes: usize,
): void {
  const present = min<usize>(inputBytes - <u32>offset, bytes)
  memory.copy(out, input + <usize>offset, present)
  memory.fill(out + present, 0, bytes - present)
}

/** The byte at `offset` of the input and its zeros. */
@inline
export function byteAt(input: usize, inputBytes: u32, offset: u64): u32 {
  return offset < inputBytes ? load<u8>(input + <usize>offset) : 0
}
