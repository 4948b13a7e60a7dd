/**
 * Messages to bytes and back: msgpackr with record structures that both sides know beforehand, so
 * that no field name crosses the wire. Decoding treats its input as hostile: a token scan first
 * (`token-scan.ts`), then msgpackr, then the fields' own checks; so one message has exactly one
 * encoding, and its hash is that of its bytes.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
// These entries are the library's plain JavaScript; the main one loads a native addon when it can.
import { Packr } from 'msgpackr/pack'
import { Unpackr } from 'msgpackr/unpack'
import type { ControlMessage } from './control-messages.ts'
import type { RecordField } from './fields.ts'
import {
  MAX_CONFLATED_BYTES,
  MAX_CONTROL_BYTES,
  MAX_FILTER_PORTION_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_SNAPSHOT_CONTENT_BYTES,
  MAX_SNAPSHOT_HEAD_BYTES,
} from './limits.ts'
import { CONTROL_RECORDS, FIRST_RECORD_BYTE, RECORDS, STREAM_RECORDS } from './message-schema.ts'
import type { StreamMessage } from './messages.ts'
import { MalformedBytesError, scanTokens } from './token-scan.ts'

/** A message passes its size limit; encoding it is refused, and so is decoding it. */
export class MessageTooLargeError extends BaseError {
  override readonly name = 'Wire.MessageTooLargeError'
  readonly byteLength: number
  readonly limit: number

  constructor(type: string, byteLength: number, limit: number) {
    super(`${type} message of ${byteLength} bytes, limit ${limit}`)
    this.byteLength = byteLength
    this.limit = limit
  }
}

/** msgpackr writes into the arrays it is given, hence one copy for each of its two sides. */
function structures(): string[][] {
  return RECORDS.map((record) => [...record.names])
}

const RECORD_SIZES = RECORDS.map((record) => record.names.length)

const packr = new Packr({
  structures: structures(),
  maxSharedStructures: RECORDS.length,
  maxOwnStructures: 0,
})
const unpackr = new Unpackr({ structures: structures() })

/** Of control messages, where it is not MAX_CONTROL_BYTES; names and lengths are beside the content. */
const CONTROL_LIMITS: Readonly<Record<string, number>> = {
  conflated: 2 * MAX_CONFLATED_BYTES,
  filterItems: MAX_FILTER_PORTION_BYTES + MAX_CONTROL_BYTES,
  snapshotHead: MAX_SNAPSHOT_HEAD_BYTES,
  snapshotChunk: MAX_SNAPSHOT_CONTENT_BYTES + MAX_CONTROL_BYTES,
}

const streamLimit = () => MAX_MESSAGE_BYTES
const controlLimit = (type: string) => CONTROL_LIMITS[type] ?? MAX_CONTROL_BYTES

type MessageRecords = Readonly<Record<string, RecordField<object>>>

/**
 * Bytes of a stream message.
 * @throws InvalidFieldError, MessageTooLargeError
 */
export function encodeMessage(message: StreamMessage): Uint8Array {
  return encode(STREAM_RECORDS, message, streamLimit)
}

/**
 * Reads a stream message from untrusted bytes. Byte fields of the result are views into `bytes`.
 * @throws MalformedBytesError, InvalidFieldError, MessageTooLargeError
 */
export function decodeMessage(bytes: Uint8Array): StreamMessage {
  return decode(STREAM_RECORDS, bytes, streamLimit) as StreamMessage
}

/**
 * Bytes of a control message. The first is not 0x53, with which every frame begins.
 * @throws InvalidFieldError, MessageTooLargeError
 */
export function encodeControl(message: ControlMessage): Uint8Array {
  return encode(CONTROL_RECORDS, message, controlLimit)
}

/**
 * Reads a control message from untrusted bytes.
 * @throws MalformedBytesError, InvalidFieldError, MessageTooLargeError
 */
export function decodeControl(bytes: Uint8Array): ControlMessage {
  return decode(CONTROL_RECORDS, bytes, controlLimit) as ControlMessage
}

function encode(
  records: MessageRecords,
  message: StreamMessage | ControlMessage,
  limitOf: (type: string) => number,
): Uint8Array {
  const record = records[message.type] as RecordField<object>
  const limit = limitOf(message.type)
  const packed = packr.pack(record.toPlain(message))
  if (packed.length > limit) throw new MessageTooLargeError(message.type, packed.length, limit)
  return plainView(packed)
}

function decode(
  records: MessageRecords,
  bytes: Uint8Array,
  limitOf: (type: string) => number,
): object {
  const number = (bytes[0] ?? 0) - FIRST_RECORD_BYTE
  const found = Object.entries(records).find(([, record]) => RECORDS[number] === record)
  if (found === undefined) throw new MalformedBytesError(0, 'unknown message type')
  const [type, record] = found
  const limit = limitOf(type)
  if (bytes.length > limit) throw new MessageTooLargeError(type, bytes.length, limit)
  scanTokens(bytes, RECORD_SIZES)
  const value = record.fromPlain(unpack(bytes)) as object
  return { type, ...value }
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return unpackr.unpack(plainView(bytes))
  } catch (error) {
    // Unreachable as long as the scan knows every token that msgpackr would take otherwise.
    throw new MalformedBytesError(0, error instanceof Error ? error.message : String(error))
  }
}

/** msgpackr returns Buffers and marks its sources; neither should leave this file. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
