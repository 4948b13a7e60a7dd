/**
 * Reads values from the tokens of a message that `scanTokens` has let pass: complete, canonical, and
 * none that is not in the format. What kind of value stands where is for the reader to judge.
 */

/** The bytes of a message, and how far they are read. */
export interface WireCursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  position: number
  /** What a record's number on the wire stands for. */
  readonly records: readonly object[]
}

const RECORD = 0x40
const INTEGER_END = 0x40
const RECORD_END = 0x60
const NIL = 0xc0
const FALSE = 0xc2
const TRUE = 0xc3
export const BYTES_8 = 0xc4
const BYTES_16 = 0xc5
const BYTES_32 = 0xc6
const LIST = 0x90
const LIST_END = 0xa0
const LIST_16 = 0xdc
const LIST_32 = 0xdd

const utf8 = new TextDecoder()

/** Whether nothing stands here; if so, goes behind it. */
export function takeNil(cursor: WireCursor): boolean {
  return takeToken(cursor, NIL)
}

/** The same of `false`, which stands for several things. */
export function takeFalse(cursor: WireCursor): boolean {
  return takeToken(cursor, FALSE)
}

function takeToken(cursor: WireCursor, token: number): boolean {
  if (cursor.bytes[cursor.position] !== token) return false
  cursor.position++
  return true
}

/** The record that begins here, goes to its first value; undefined when none does. */
export function takeRecord(cursor: WireCursor): object | undefined {
  const token = cursor.bytes[cursor.position]!
  if (token < RECORD || token >= RECORD_END) return undefined
  cursor.position++
  return cursor.records[token - RECORD]
}

/** Items of the list that begins here, goes to the first; undefined when none does. */
export function takeListSize(cursor: WireCursor): number | undefined {
  const token = cursor.bytes[cursor.position]!
  if (token >= LIST && token < LIST_END) {
    cursor.position++
    return token - LIST
  }
  if (token === LIST_16) return takeNumber(cursor, 2)
  return token === LIST_32 ? takeNumber(cursor, 4) : undefined
}

/**
 * The single value that stands here: integer, bytes as a view, text, boolean or null. A list or a
 * record is not read; it is told as an empty one.
 */
export function takePlain(cursor: WireCursor): unknown {
  const { bytes } = cursor
  const token = bytes[cursor.position]!
  if (token < INTEGER_END) {
    cursor.position++
    return token
  }
  switch (token) {
    case NIL:
      cursor.position++
      return null
    case FALSE:
    case TRUE:
      cursor.position++
      return token === TRUE
    case BYTES_8:
      return takeBytes(cursor, takeNumber(cursor, 1))
    case BYTES_16:
      return takeBytes(cursor, takeNumber(cursor, 2))
    case BYTES_32:
      return takeBytes(cursor, takeNumber(cursor, 4))
    case 0xcb:
      cursor.position += 9
      return cursor.view.getFloat64(cursor.position - 8)
    case 0xcc:
      return takeNumber(cursor, 1)
    case 0xcd:
      return takeNumber(cursor, 2)
    case 0xce:
      return takeNumber(cursor, 4)
    case 0xd9:
      return utf8.decode(takeBytes(cursor, takeNumber(cursor, 1)))
    default:
      return takeOther(cursor, token)
  }
}

function takeOther(cursor: WireCursor, token: number): unknown {
  if (takeListSize(cursor) !== undefined) return []
  if (takeRecord(cursor) !== undefined) return {}
  cursor.position++
  return utf8.decode(takeBytes(cursor, token - 0xa0))
}

/** Steps over the token and the big-endian number behind it. */
function takeNumber(cursor: WireCursor, width: 1 | 2 | 4): number {
  const { view, position } = cursor
  cursor.position = position + 1 + width
  if (width === 1) return view.getUint8(position + 1)
  return width === 2 ? view.getUint16(position + 1) : view.getUint32(position + 1)
}

/** A view of the next `length` bytes. */
export function takeBytes(cursor: WireCursor, length: number): Uint8Array {
  const start = cursor.position
  cursor.position = start + length
  return cursor.bytes.subarray(start, start + length)
}
