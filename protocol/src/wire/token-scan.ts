/**
 * First gate of every decoder: one pass over the tokens of a message before msgpackr sees it.
 *
 * MessagePack can say one thing in many ways, and msgpackr adds its own: records defined inside the
 * input, extensions that build dates, errors, regular expressions, sets, cyclic references and string
 * bundles, maps with any key. None of these is in our format, so none passes. What passes is
 * canonical (each value in its shortest form, hence one encoding for one value), is complete, nests no
 * deeper than a message can, and claims no list that its bytes could not hold.
 *
 *     00-3f  integer 0..63          40-5f  record (structure 0..31), one value per name follows
 *     90-9f  list, 0..15 items      a0-bf  text, 0..31 bytes
 *     c0     nil                    c2 c3  false, true
 *     c4-c6  bytes, u8/u16/u32 len  cb     integer above 2^32 as a double
 *     cc-ce  integer, u8/u16/u32    d9     text, u8 length      dc dd  list, u16/u32 length
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { MAX_DEPTH, MAX_LIST_ITEMS } from './limits.ts'

/** Bytes that are not a message of this format, at `offset` in the message. */
export class MalformedBytesError extends BaseError {
  override readonly name = 'Wire.MalformedBytesError'
  readonly offset: number

  constructor(offset: number, reason: string) {
    super(`malformed message at byte ${offset}: ${reason}`)
    this.offset = offset
  }
}

/**
 * Valid messages spend at least 3 bytes a token on average; a list of one-byte tokens would cost its
 * receiver eight times its size in memory.
 */
const MIN_BYTES_PER_TOKEN = 3
const FREE_TOKENS = 256

interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  position: number
}

/**
 * Checks that `bytes` are exactly one value of the format above. `recordSizes` gives the number of
 * values for each structure.
 * @throws MalformedBytesError
 */
export function scanTokens(bytes: Uint8Array, recordSizes: readonly number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cursor: Cursor = { bytes, view, position: 0 }
  const remaining = new Uint32Array(MAX_DEPTH + 1)
  remaining[0] = 1
  let depth = 0
  let tokensLeft = FREE_TOKENS + Math.floor(bytes.length / MIN_BYTES_PER_TOKEN)
  for (;;) {
    while (remaining[depth] === 0 && depth > 0) depth--
    if (remaining[depth] === 0) break
    remaining[depth] = (remaining[depth] as number) - 1
    if (--tokensLeft < 0) throw new MalformedBytesError(cursor.position, 'too many small values')
    const children = scanToken(cursor, recordSizes)
    if (children === 0) continue
    if (depth === MAX_DEPTH) throw new MalformedBytesError(cursor.position, 'nested too deep')
    remaining[++depth] = children
  }
  if (cursor.position !== bytes.length) {
    throw new MalformedBytesError(cursor.position, 'bytes after the end of the message')
  }
}

/** Steps over one token and its payload; returns how many values inside it follow. */
function scanToken(cursor: Cursor, recordSizes: readonly number[]): number {
  const token = cursor.bytes[cursor.position]
  if (token === undefined) throw new MalformedBytesError(cursor.position, 'unexpected end')
  cursor.position++
  if (token < 0x40) return 0
  if (token < 0x60) return recordSize(cursor, token - 0x40, recordSizes)
  if (token >= 0x90 && token < 0xa0) return token - 0x90
  if (token >= 0xa0 && token < 0xc0) return skip(cursor, token - 0xa0)
  switch (token) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 0
    case 0xc4:
      return skip(cursor, readLength(cursor, 1, 0))
    case 0xc5:
      return skip(cursor, readLength(cursor, 2, 0x100))
    case 0xc6:
      return skip(cursor, readLength(cursor, 4, 0x10000))
    case 0xcb:
      return scanDouble(cursor)
    case 0xcc:
      readLength(cursor, 1, 0x40)
      return 0
    case 0xcd:
      readLength(cursor, 2, 0x100)
      return 0
    case 0xce:
      readLength(cursor, 4, 0x10000)
      return 0
    case 0xd9:
      return skip(cursor, readLength(cursor, 1, 0x20))
    case 0xdc:
      return listSize(cursor, readLength(cursor, 2, 0x10))
    case 0xdd:
      return listSize(cursor, readLength(cursor, 4, 0x10000))
    default: {
      const name = token.toString(16).padStart(2, '0')
      throw new MalformedBytesError(cursor.position - 1, `token 0x${name} is not in the format`)
    }
  }
}

function recordSize(cursor: Cursor, index: number, recordSizes: readonly number[]): number {
  const size = recordSizes[index]
  if (size === undefined) {
    throw new MalformedBytesError(cursor.position - 1, `unknown record ${index}`)
  }
  return size
}

/** Reads a big-endian unsigned integer that must not have fitted in a shorter form. */
function readLength(cursor: Cursor, width: 1 | 2 | 4, least: number): number {
  const { view, position } = cursor
  if (view.byteLength - position < width) throw new MalformedBytesError(position, 'unexpected end')
  cursor.position += width
  const value =
    width === 1
      ? view.getUint8(position)
      : width === 2
        ? view.getUint16(position)
        : view.getUint32(position)
  if (value < least) throw new MalformedBytesError(position, 'not in its shortest form')
  return value
}

function listSize(cursor: Cursor, size: number): number {
  if (size > MAX_LIST_ITEMS || size > cursor.bytes.length - cursor.position) {
    throw new MalformedBytesError(cursor.position, `list of ${size} items`)
  }
  return size
}

function skip(cursor: Cursor, length: number): 0 {
  if (length > cursor.bytes.length - cursor.position) {
    throw new MalformedBytesError(cursor.position, 'unexpected end')
  }
  cursor.position += length
  return 0
}

function scanDouble(cursor: Cursor): 0 {
  const start = cursor.position
  skip(cursor, 8)
  const value = cursor.view.getFloat64(start)
  if (!Number.isSafeInteger(value) || value <= 0xffff_ffff) {
    throw new MalformedBytesError(start, 'not a whole number above 32 bits')
  }
  return 0
}
