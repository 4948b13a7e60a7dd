/**
 * Kinds of fields: what a value looks like in the program, and what plain value (integer, bytes,
 * boolean, null, list, record of such) stands for it on the wire. A field checks in both directions,
 * so a sender cannot emit what a receiver would refuse; it reads the tokens by itself, since building
 * the plain values first would take most of the time. Messages are described with these in
 * `message-schema.ts`; bytes are the codec's business.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import {
  bigIntToMinimalBytes,
  bytesToBigInt,
  compareBytes,
} from '@shredcast/shared/primitives/bytes'
import { MAX_LIST_ITEMS, MAX_MESSAGE_BYTES, MAX_SEQ, MAX_TEXT_LENGTH } from './limits.ts'
import type { WireCursor } from './wire-cursor.ts'
import {
  BYTES_8,
  takeBytes,
  takeFalse,
  takeListSize,
  takeNil,
  takePlain,
  takeRecord,
} from './wire-cursor.ts'

/** A value has the wrong kind, length, range or order; `path` leads to it from the message. */
export class InvalidFieldError extends BaseError {
  override readonly name = 'Wire.InvalidFieldError'
  readonly path: string
  readonly reason: string

  constructor(path: string, reason: string) {
    super(`invalid ${path === '' ? 'value' : path}: ${reason}`)
    this.path = path
    this.reason = reason
  }
}

export interface Field<T> {
  /** @throws InvalidFieldError when the value may not be sent. */
  toPlain(value: T): unknown
  /**
   * Reads the value at the cursor, from whoever sent it; byte fields are views.
   * @throws InvalidFieldError when it is not one of this kind
   */
  read(cursor: WireCursor): T
}

/** A field of type `record` also knows its row of names, which becomes a msgpackr structure. */
export interface RecordField<T> extends Field<T> {
  readonly names: readonly string[]
}

function invalid(reason: string): InvalidFieldError {
  return new InvalidFieldError('', reason)
}

function within(step: string, error: unknown): unknown {
  if (!(error instanceof InvalidFieldError)) return error
  const separator = error.path === '' || error.path.startsWith('[') ? '' : '.'
  return new InvalidFieldError(`${step}${separator}${error.path}`, error.reason)
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

/** The same check serves both directions when the plain value is the value itself. */
function unchanged<T>(check: (value: unknown) => T): Field<T> {
  return { toPlain: check, read: (cursor) => check(takePlain(cursor)) }
}

/** Bytes of one length: 20 for an address, 32 for a hash or a storage word, 256 for a bloom. */
export function fixedBytes(length: number): Field<Uint8Array> {
  const field = unchanged((value) => {
    if (value instanceof Uint8Array && value.length === length) return value
    throw invalid(`expected ${length} bytes, got ${kindOf(value)}`)
  })
  return {
    toPlain: field.toPlain,
    read(cursor) {
      // What nearly all of a message consists of.
      const { bytes, position } = cursor
      if (bytes[position] !== BYTES_8 || bytes[position + 1] !== length) return field.read(cursor)
      cursor.position += 2
      return takeBytes(cursor, length)
    },
  }
}

/** Bytes of any length up to `maxBytes`. */
export function bytesUpTo(maxBytes: number = MAX_MESSAGE_BYTES): Field<Uint8Array> {
  return unchanged((value) => {
    if (!(value instanceof Uint8Array)) throw invalid(`expected bytes, got ${kindOf(value)}`)
    if (value.length > maxBytes) throw invalid(`${value.length} bytes, limit ${maxBytes}`)
    return value
  })
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max: number = MAX_SEQ): Field<number> {
  return unchanged((value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) {
      return value
    }
    const shown = typeof value === 'number' ? value : kindOf(value)
    throw invalid(`expected a whole number from ${min} to ${max}, got ${shown}`)
  })
}

/** Printable ASCII, so that nothing from a peer can steer a terminal or break a log line. */
export function text(maxLength: number = MAX_TEXT_LENGTH): Field<string> {
  return unchanged((value) => {
    if (typeof value !== 'string') throw invalid(`expected text, got ${kindOf(value)}`)
    if (value.length > maxLength) throw invalid(`${value.length} characters, limit ${maxLength}`)
    if (!/^[\x20-\x7e]*$/.test(value)) throw invalid('text is not printable ASCII')
    return value
  })
}

/** One of a few constants. */
export function oneOf<const T extends string | number>(values: readonly T[]): Field<T> {
  return unchanged((value) => {
    const found = values.find((candidate) => candidate === value)
    if (found === undefined) throw invalid(`expected one of ${values.join(', ')}`)
    return found
  })
}

/** Non-negative integer below 256^maxBytes: big-endian bytes without leading zeros, 0 is empty. */
export function uint(maxBytes: number): Field<bigint> {
  const bound = 1n << BigInt(maxBytes * 8)
  return {
    toPlain(value) {
      if (typeof value !== 'bigint') throw invalid(`expected a bigint, got ${kindOf(value)}`)
      if (value < 0n || value >= bound) throw invalid(`${value} is not in ${maxBytes * 8} bits`)
      return bigIntToMinimalBytes(value)
    },
    read(cursor) {
      const plain = takePlain(cursor)
      if (!(plain instanceof Uint8Array)) throw invalid(`expected bytes, got ${kindOf(plain)}`)
      if (plain.length > maxBytes) throw invalid(`${plain.length} bytes, limit ${maxBytes}`)
      if (plain[0] === 0) throw invalid('integer with a leading zero')
      return bytesToBigInt(plain)
    },
  }
}

/** Signed 256-bit amount, zigzag (0, -1, 1, -2, ... as 0, 1, 2, 3, ...) over `uint`. */
export function signedAmount(): Field<bigint> {
  const zigzag = uint(33)
  const check = (value: bigint): bigint => {
    const magnitude = value < 0n ? -value : value
    if (magnitude >= 1n << 256n) throw invalid('amount beyond 256 bits')
    return value
  }
  return {
    toPlain(value) {
      if (typeof value !== 'bigint') throw invalid(`expected a bigint, got ${kindOf(value)}`)
      check(value)
      return zigzag.toPlain(value < 0n ? -value * 2n - 1n : value * 2n)
    },
    read(cursor) {
      const folded = zigzag.read(cursor)
      return check(folded & 1n ? -(folded >> 1n) - 1n : folded >> 1n)
    },
  }
}

/** A field that may be absent: `undefined` here, nil on the wire. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    toPlain: (value) => (value === undefined ? null : field.toPlain(value)),
    read: (cursor) => (takeNil(cursor) ? undefined : field.read(cursor)),
  }
}

/** True or absent, the shape of a flag; `false` on the wire stands for absent. */
export function flag(): Field<true | undefined> {
  return {
    toPlain: (value) => value === true,
    read(cursor) {
      const plain = takePlain(cursor)
      if (typeof plain !== 'boolean') throw invalid(`expected a flag, got ${kindOf(plain)}`)
      return plain ? true : undefined
    },
  }
}

/** `null` as a value of its own, beside absent: `false` on the wire. */
export function orNull<T>(field: Field<T>): Field<T | null> {
  return {
    toPlain: (value) => (value === null ? false : field.toPlain(value)),
    read: (cursor) => (takeFalse(cursor) ? null : field.read(cursor)),
  }
}

export interface ListOptions<T> {
  readonly max?: number
  /** Bytes that must ascend strictly from item to item, which also rules out duplicates. */
  readonly ascendingBy?: (item: T) => Uint8Array
}

/** A list of at most `max` items, in ascending order when asked. */
export function list<T>(item: Field<T>, options: ListOptions<T> = {}): Field<readonly T[]> {
  const max = options.max ?? MAX_LIST_ITEMS
  const key = options.ascendingBy
  /** Converts `size` items one after the other; `take` gives an item in the program and converted. */
  const walk = <To>(size: number, take: (index: number) => readonly [T, To]): To[] => {
    if (size > max) throw invalid(`${size} items, limit ${max}`)
    const converted: To[] = []
    let previous: Uint8Array | undefined
    for (let i = 0; i < size; i++) {
      try {
        const [value, to] = take(i)
        converted.push(to)
        if (key === undefined) continue
        const current = key(value)
        if (previous !== undefined && compareBytes(previous, current) >= 0) {
          throw invalid('not in ascending order')
        }
        previous = current
      } catch (error) {
        throw within(`[${i}]`, error)
      }
    }
    return converted
  }
  return {
    toPlain(value) {
      if (!Array.isArray(value)) throw invalid(`expected a list, got ${kindOf(value)}`)
      return walk(value.length, (i) => [value[i], item.toPlain(value[i])])
    },
    read(cursor) {
      const size = takeListSize(cursor)
      if (size === undefined) throw invalid(`expected a list, got ${kindOf(takePlain(cursor))}`)
      return walk(size, () => {
        const value = item.read(cursor)
        return [value, value]
      })
    },
  }
}

/**
 * Named fields in a fixed order. On the wire it is one msgpackr record with exactly these names; a
 * record with others, more or fewer is refused. Absent fields are absent in the decoded object.
 */
export function record<T extends object>(
  fields: {
    readonly [K in keyof T]-?: Field<T[K]>
  },
): RecordField<T> {
  const names = Object.keys(fields)
  const entries = Object.entries(fields) as [string, Field<unknown>][]
  const field: RecordField<T> = {
    names,
    toPlain(value) {
      const source = value as Record<string, unknown>
      const plain: Record<string, unknown> = {}
      for (const [name, { toPlain }] of entries) {
        try {
          plain[name] = toPlain(source[name])
        } catch (error) {
          throw within(name, error)
        }
      }
      return plain
    },
    read(cursor) {
      const found = takeRecord(cursor)
      if (found === undefined) throw invalid(`expected a record, got ${kindOf(takePlain(cursor))}`)
      if (found !== field) throw invalid('record of another shape')
      const value: Record<string, unknown> = {}
      let name = ''
      try {
        for (const entry of entries) {
          name = entry[0]
          const decoded = entry[1].read(cursor)
          if (decoded !== undefined) value[name] = decoded
        }
      } catch (error) {
        throw within(name, error)
      }
      return value as T
    },
  }
  return field
}
