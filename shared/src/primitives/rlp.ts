/**
 * Recursive Length Prefix (Yellow Paper, appendix B), bytes and lists only. The decoder takes
 * untrusted bytes and accepts the canonical encoding alone; it is our own because the libraries
 * accept empty input, copy each nested list once per level, and recurse as deep as a peer likes.
 *
 *   first byte   payload
 *   00..7f       the byte itself
 *   80..b7       bytes, length 0..55 in the prefix
 *   b8..bf       bytes, length of 1..8 bytes follows (least 56, no leading zero)
 *   c0..f7       list, payload length 0..55 in the prefix
 *   f8..ff       list, length of 1..8 bytes follows (least 56, no leading zero)
 */

import { BaseError } from './base-error.ts'

export type RlpItem = Uint8Array | readonly RlpItem[]

export class InvalidRlpError extends BaseError {
  override readonly name = 'Primitives.InvalidRlpError'
}

/** Ethereum's own structures nest four deep; the limit keeps hostile input off the call stack. */
const MAX_DEPTH = 64

/** 2^32 bytes: longer lengths cannot be true, and stay exact in a double up to here. */
const MAX_LENGTH_BYTES = 4

export function encodeRlp(item: RlpItem): Uint8Array {
  const encoded = new Uint8Array(encodedLength(item))
  write(item, encoded, 0)
  return encoded
}

function encodedLength(item: RlpItem): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) return 1
    return prefixLength(item.length) + item.length
  }
  const payload = payloadLength(item)
  return prefixLength(payload) + payload
}

function payloadLength(list: readonly RlpItem[]): number {
  let length = 0
  for (const item of list) length += encodedLength(item)
  return length
}

function prefixLength(payload: number): number {
  return payload < 56 ? 1 : 1 + lengthOfLength(payload)
}

function lengthOfLength(length: number): number {
  let count = 1
  for (let rest = Math.floor(length / 256); rest > 0; rest = Math.floor(rest / 256)) count++
  return count
}

/** Writes `item` at `offset` and returns the offset behind it. */
function write(item: RlpItem, target: Uint8Array, offset: number): number {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0]! < 0x80) {
      target[offset] = item[0]!
      return offset + 1
    }
    const start = writePrefix(0x80, item.length, target, offset)
    target.set(item, start)
    return start + item.length
  }
  let next = writePrefix(0xc0, payloadLength(item), target, offset)
  for (const child of item) next = write(child, target, next)
  return next
}

function writePrefix(base: number, length: number, target: Uint8Array, offset: number): number {
  if (length < 56) {
    target[offset] = base + length
    return offset + 1
  }
  const count = lengthOfLength(length)
  target[offset] = base + 55 + count
  let rest = length
  for (let i = count; i > 0; i--) {
    target[offset + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return offset + 1 + count
}

/**
 * Decodes exactly one item that fills `bytes`. Byte strings of the result are copies.
 * @throws InvalidRlpError when the bytes are not the canonical encoding of one item
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  // A Buffer's own `slice` would return views of its pool.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const cursor: Cursor = { bytes: plain, offset: 0 }
  const item = readItem(cursor, plain.length, 0)
  if (cursor.offset !== plain.length) {
    throw new InvalidRlpError(`${plain.length - cursor.offset} bytes behind the RLP item`)
  }
  return item
}

/** No prefix of an item is longer: a first byte and a length. */
export const PREFIX_BYTES_MAX = 1 + MAX_LENGTH_BYTES

/**
 * Length of the item that starts with these bytes, its prefix included, without looking at its payload.
 * `start` has the item's first PREFIX_BYTES_MAX bytes, or all of it.
 * @throws InvalidRlpError when no item starts so
 */
export function itemLength(start: Uint8Array): number {
  const first = start[0]
  if (first === undefined) throw new InvalidRlpError('RLP ends where an item is expected')
  if (first < 0x80) return 1
  const short = first - (first < 0xc0 ? 0x80 : 0xc0)
  const cursor: Cursor = { bytes: start, offset: 1 }
  const length = short < 56 ? short : readLongLength(cursor, short - 55, start.length)
  return cursor.offset + length
}

interface Cursor {
  readonly bytes: Uint8Array
  offset: number
}

/** Reads the item at the cursor, which must end at or before `end`. */
function readItem(cursor: Cursor, end: number, depth: number): RlpItem {
  if (cursor.offset >= end) throw new InvalidRlpError('RLP ends where an item is expected')
  const first = cursor.bytes[cursor.offset]!
  if (first < 0x80) return cursor.bytes.slice(cursor.offset, ++cursor.offset)
  cursor.offset++
  if (first < 0xc0) return readBytes(cursor, readLength(cursor, first - 0x80, end))
  if (depth === MAX_DEPTH) throw new InvalidRlpError(`RLP lists nest deeper than ${MAX_DEPTH}`)
  const listEnd = readLength(cursor, first - 0xc0, end) + cursor.offset
  const list: RlpItem[] = []
  while (cursor.offset < listEnd) list.push(readItem(cursor, listEnd, depth + 1))
  return list
}

function readBytes(cursor: Cursor, length: number): Uint8Array {
  const start = cursor.offset
  if (length === 1 && cursor.bytes[start]! < 0x80) {
    throw new InvalidRlpError('RLP single byte below 0x80 has a prefix')
  }
  cursor.offset += length
  return cursor.bytes.slice(start, cursor.offset)
}

/** Payload length from the prefix's offset to its base; the payload is then known to fit. */
function readLength(cursor: Cursor, short: number, end: number): number {
  const length = short < 56 ? short : readLongLength(cursor, short - 55, end)
  if (length > end - cursor.offset) {
    throw new InvalidRlpError(`RLP payload of ${length} bytes in ${end - cursor.offset}`)
  }
  return length
}

function readLongLength(cursor: Cursor, count: number, end: number): number {
  if (count > end - cursor.offset) throw new InvalidRlpError('RLP ends inside a length')
  const start = cursor.offset
  if (cursor.bytes[start] === 0) throw new InvalidRlpError('RLP length has a leading zero')
  if (count > MAX_LENGTH_BYTES) throw new InvalidRlpError('RLP length over 32 bits')
  let length = 0
  for (let i = 0; i < count; i++) length = length * 256 + cursor.bytes[start + i]!
  if (length < 56) throw new InvalidRlpError('RLP long length for a payload below 56 bytes')
  cursor.offset += count
  return length
}
