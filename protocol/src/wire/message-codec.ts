/**
 * Messages to bytes and back: MessagePack, written by msgpackr, with record structures that both sides
 * know beforehand, so that no field name crosses the wire. Decoding treats its input as hostile: a token
 * scan first (`token-scan.ts`), then the fields' own reading and checks; so one message has exactly
 * one encoding, and its hash is that of its bytes.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
// This entry is the library's plain JavaScript; the main one loads a native addon when it can.
import { Packr } from 'msgpackr/pack'
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

const RECORD_SIZES = RECORDS.map((record) => record.names.length)

const packr = new Packr({
  // msgpackr writes into the arrays it is given.
  structures: RECORDS.map((record) => [...record.names]),
  maxSharedStructures: RECORDS.length,
  maxOwnStructures: 0,
})

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

/** Types by their records. */
function typesOf(records: MessageRecords): ReadonlyMap<object | undefined, string> {
  return new Map(Object.entries(records).map(([type, record]) => [record, type]))
}

const STREAM_TYPES = typesOf(STREAM_RECORDS)
const CONTROL_TYPES = typesOf(CONTROL_RECORDS)

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
  return decode(STREAM_TYPES, bytes, streamLimit) as StreamMessage
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
  return decode(CONTROL_TYPES, bytes, controlLimit) as ControlMessage
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
  types: ReadonlyMap<object | undefined, string>,
  bytes: Uint8Array,
  limitOf: (type: string) => number,
): object {
  const record = RECORDS[(bytes[0] ?? 0) - FIRST_RECORD_BYTE]
  const type = types.get(record)
  if (record === undefined || type === undefined) {
    throw new MalformedBytesError(0, 'unknown message type')
  }
  const limit = limitOf(type)
  if (bytes.length > limit) throw new MessageTooLargeError(type, bytes.length, limit)
  scanTokens(bytes, RECORD_SIZES)
  const plain = plainView(bytes)
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length)
  return { type, ...record.read({ bytes: plain, view, position: 0, records: RECORDS }) }
}

/** Neither msgpackr's Buffers leave this file nor the views of what a socket gave. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
