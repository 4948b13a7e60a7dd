/**
 * Byte strings: hex, order, concatenation, and big-endian integers. Runs in browsers too, so it
 * knows nothing of Buffer.
 */

import { BaseError } from './base-error.ts'

export type Hex = `0x${string}`

export class InvalidHexError extends BaseError {
  override readonly name = 'Primitives.InvalidHexError'
}

export class IntegerOutOfRangeError extends BaseError {
  override readonly name = 'Primitives.IntegerOutOfRangeError'
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Value of a hex digit by character code; 0xff for every other character. */
const DIGIT_OF_CHAR = new Uint8Array(128).fill(0xff)
for (let digit = 0; digit < 16; digit++) {
  const char = digit.toString(16)
  DIGIT_OF_CHAR[char.charCodeAt(0)] = digit
  DIGIT_OF_CHAR[char.toUpperCase().charCodeAt(0)] = digit
}

/** Lower-case hex with `0x`, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): Hex {
  let hex = '0x'
  for (let i = 0; i < bytes.length; i++) hex += HEX_OF_BYTE[bytes[i]!]
  return hex as Hex
}

/**
 * Bytes of a hex string with `0x` and an even number of digits, of either case.
 * @throws InvalidHexError
 */
export function hexToBytes(hex: string): Uint8Array {
  if (!hex.startsWith('0x')) throw new InvalidHexError(`hex must start with 0x: ${excerpt(hex)}`)
  if (hex.length % 2 !== 0) {
    throw new InvalidHexError(`hex has an odd number of digits: ${excerpt(hex)}`)
  }
  const bytes = new Uint8Array(hex.length / 2 - 1)
  for (let i = 0; i < bytes.length; i++) {
    const high = digitAt(hex, 2 * i + 2)
    const low = digitAt(hex, 2 * i + 3)
    if ((high | low) > 15) throw new InvalidHexError(`not a hex string: ${excerpt(hex)}`)
    bytes[i] = (high << 4) | low
  }
  return bytes
}

function digitAt(hex: string, index: number): number {
  return DIGIT_OF_CHAR[hex.charCodeAt(index)] ?? 0xff
}

function excerpt(text: string): string {
  return text.length <= 80 ? `"${text}"` : `"${text.slice(0, 77)}..."`
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order: negative, zero or positive, as `Array.sort` wants it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Reads bytes as an unsigned big-endian integer of any width; empty bytes are 0. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  const { length } = bytes
  if (length <= 6) return BigInt(smallInteger(bytes, length))
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const head = length % 8
  let value = head === 0 ? 0n : headOf(bytes, head)
  for (let offset = head; offset < length; offset += 8) {
    const word = view.getBigUint64(offset)
    value = value === 0n ? word : (value << 64n) | word
  }
  return value
}

/** The first `length` (up to 6) bytes as a number: 48 bits are exact in a double. */
function smallInteger(bytes: Uint8Array, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + bytes[i]!
  return value
}

function headOf(bytes: Uint8Array, length: number): bigint {
  if (length <= 6) return BigInt(smallInteger(bytes, length))
  return (BigInt(smallInteger(bytes, 6)) << 8n) | BigInt(bytes[6]!)
}

/**
 * Unsigned big-endian bytes, left-padded with zeros to `length`.
 * @throws IntegerOutOfRangeError when the value is negative or needs more than `length` bytes
 */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  if (value < 0n) throw outOfRange(value, length)
  const view = new DataView(bytes.buffer)
  let rest = value
  let end = length
  for (; end >= 8 && rest !== 0n; end -= 8) {
    view.setBigUint64(end - 8, rest)
    rest >>= 64n
  }
  for (; end > 0 && rest !== 0n; end--) {
    bytes[end - 1] = Number(rest & 0xffn)
    rest >>= 8n
  }
  if (rest !== 0n) throw outOfRange(value, length)
  return bytes
}

/**
 * Unsigned big-endian bytes without leading zeros, as RLP has integers; 0 is empty.
 * @throws IntegerOutOfRangeError when the value is negative
 */
export function bigIntToMinimalBytes(value: bigint): Uint8Array {
  if (value < 0n) throw outOfRange(value, undefined)
  if (value <= SMALL_MAX) return smallBytes(Number(value))
  return bigIntToBytes(value, Math.ceil(value.toString(16).length / 2))
}

/** 48 bits are exact in a double, and most integers of a block have no more. */
const SMALL_MAX = 0xffffffffffffn

function smallBytes(value: number): Uint8Array {
  let length = 0
  for (let rest = value; rest >= 1; rest /= 256) length++
  const bytes = new Uint8Array(length)
  let rest = value
  while (length > 0) {
    bytes[--length] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}

function outOfRange(value: bigint, length: number | undefined): IntegerOutOfRangeError {
  const room = length === undefined ? 'an unsigned integer' : `${length} unsigned bytes`
  return new IntegerOutOfRangeError(`${value} does not fit ${room}`)
}
