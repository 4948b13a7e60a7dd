/**
 * What MODEXP costs: the complexity of one multiplication times the steps that the exponent asks
 * for. The formulas are EIP-198's, then EIP-2565's from Berlin and EIP-7883's from Osaka, where
 * EIP-7823 bounds the lengths. Everything saturates, because lengths have 256 bits.
 */

import { REVISION_BERLIN, REVISION_OSAKA } from '../../src/layout/environment'
import { byteAt, MODEXP_HEADER_BYTES, readLength } from './modexp-input'
import { quotient, saturatedProduct, UNPAYABLE } from './price'

/** A single multiplication of numbers so long costs more than any gas limit. */
const NUMBER_BYTES_MAX: u64 = 0x80000000
/** EIP-7823. */
const OSAKA_NUMBER_BYTES_MAX: u64 = 1024

export function modexpGas(revision: i32, input: usize, inputBytes: u32): u64 {
  const baseBytes = readLength(input, inputBytes, 0)
  const exponentBytes = readLength(input, inputBytes, 32)
  const longest = max(baseBytes, readLength(input, inputBytes, 64))
  if (longest > NUMBER_BYTES_MAX) return UNPAYABLE
  const head = headBitLength(input, inputBytes, baseBytes, exponentBytes)
  if (revision >= REVISION_OSAKA) return osakaGas(longest, exponentBytes, head)
  const steps = stepCount(exponentBytes, head, 8)
  if (revision < REVISION_BERLIN) {
    return quotient(saturatedProduct(byzantiumComplexity(longest), steps), 20)
  }
  return max<u64>(quotient(saturatedProduct(squareOfWords(longest), steps), 3), 200)
}

function osakaGas(longest: u64, exponentBytes: u64, head: u64): u64 {
  if (longest > OSAKA_NUMBER_BYTES_MAX || exponentBytes > OSAKA_NUMBER_BYTES_MAX) return UNPAYABLE
  const complexity = longest > 32 ? 2 * squareOfWords(longest) : 16
  return max<u64>(complexity * stepCount(exponentBytes, head, 16), 500)
}

/** EIP-198: about the square, less for long numbers, which may be multiplied more cleverly. */
function byzantiumComplexity(bytes: u64): u64 {
  if (bytes <= 64) return bytes * bytes
  if (bytes <= 1024) return ((bytes * bytes) >> 2) + 96 * bytes - 3072
  return ((bytes * bytes) >> 4) + 480 * bytes - 199680
}

function squareOfWords(bytes: u64): u64 {
  const words = (bytes + 7) >> 3
  return words * words
}

/** The exponent's length in bits, less one; bytes behind the first 32 count `perByte` each. */
function stepCount(exponentBytes: u64, headBits: u64, perByte: u64): u64 {
  const below = headBits > 1 ? headBits - 1 : 0
  if (exponentBytes <= 32) return max<u64>(below, 1)
  return saturatedProduct(exponentBytes - 32, perByte) + below
}

/** How many bits the first 32 bytes of the exponent have, or all of a shorter one. */
function headBitLength(input: usize, inputBytes: u32, baseBytes: u64, exponentBytes: u64): u64 {
  const offset = <u64>MODEXP_HEADER_BYTES + baseBytes
  const headBytes = min<u64>(exponentBytes, 32)
  for (let i: u64 = 0; i < headBytes; i++) {
    const byte = byteAt(input, inputBytes, offset + i)
    if (byte != 0) return 8 * (headBytes - i - 1) + <u64>(32 - clz<u32>(byte))
  }
  return 0
}
