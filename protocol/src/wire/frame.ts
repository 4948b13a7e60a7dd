/**
 * A frame is what travels in one WebSocket message: one or many stream messages under one signature.
 * It is encoded once and its bytes serve every subscriber and every relay.
 *
 *     0        2         3       4               8             12
 *     +--------+---------+-------+---------------+-------------+
 *     | "SC"   | version | flags | message count | body length |      integers big-endian
 *     +--------+---------+-------+---------------+-------------+
 *     | body: message count times  ( length u32 | message )    |      body length bytes
 *     +--------------------------------------------------------+
 *     | Ed25519 signature of  "SC" version 0 count | tree root |      64 bytes
 *     +--------------------------------------------------------+
 *
 * The signature is of the root of the hash tree over the messages (`message-tree.ts`), so anyone can
 * take messages out of a frame for whom it concerns, and what is left is still the leader's word. Such
 * a part has flag 1, the count and the signature of the whole frame, and in the place of messages that
 * stand side by side and were left out
 *
 *     ( 2^31 + span u32 | hash of the tree's node over them, 32 bytes )
 *
 * It proves of each message in it that the leader signed it, and its place; not that what was left out
 * is of no concern. Trust boundary: before the signature is verified nothing is believed, and nothing
 * is read but lengths and hashes; it says who sent the messages, not that they are true.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGES_PER_FRAME } from './limits.ts'
import { messageHash } from './message-chain.ts'
import { innerHash, leftSpanOf, treeOver } from './message-tree.ts'

/** Signs with the leader's key; the implementation decides where the key lives. */
export interface FrameSigner {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Signature of `bytes`, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array
}

/** Verifies signatures of one key. */
export interface FrameVerifier {
  readonly publicKey: Uint8Array
  verify(bytes: Uint8Array, signature: Uint8Array): boolean
}

export class FrameTooLargeError extends BaseError {
  override readonly name = 'Wire.FrameTooLargeError'
  readonly byteLength: number

  constructor(byteLength: number) {
    super(`frame of ${byteLength} bytes, limit ${MAX_FRAME_BYTES}`)
    this.byteLength = byteLength
  }
}

export class MalformedFrameError extends BaseError {
  override readonly name = 'Wire.MalformedFrameError'
}

export class FrameVersionError extends BaseError {
  override readonly name = 'Wire.FrameVersionError'
  readonly version: number

  constructor(version: number) {
    super(`frame of version ${version}, this side speaks ${FRAME_VERSION}`)
    this.version = version
  }
}

export class BadSignatureError extends BaseError {
  override readonly name = 'Wire.BadSignatureError'

  constructor() {
    super('frame is not signed by the leader key, or was changed on its way')
  }
}

/** "SC". No control message begins with these bytes. */
export const FRAME_MAGIC = 0x5343
const FRAME_VERSION = 2
/** Messages were left out. */
export const PARTIAL = 1
export const FRAME_HEADER_BYTES = 12
export const FRAME_SIGNATURE_BYTES = 64
/** Before each message in the body. */
export const MESSAGE_PREFIX_BYTES = 4
/** Magic, version, flags, count: what is signed beside the tree's root. */
const SIGNED_HEADER_BYTES = 8
/** Set in a prefix that stands for messages that were left out. */
export const LEFT_OUT = 0x8000_0000
export const HASH_BYTES = 32

/** Size of the frame that holds messages of these sizes. */
export function frameByteLength(messageBytes: number, messageCount: number): number {
  const prefixes = messageCount * MESSAGE_PREFIX_BYTES
  return FRAME_HEADER_BYTES + prefixes + messageBytes + FRAME_SIGNATURE_BYTES
}

/**
 * Frames and signs encoded messages; `hashes` are theirs, for who knows them already.
 * @throws MalformedFrameError for no message or too many; FrameTooLargeError
 */
export function sealFrame(
  messages: readonly Uint8Array[],
  signer: FrameSigner,
  hashes?: readonly Uint8Array[],
): Uint8Array {
  const count = messages.length
  if (count === 0) throw new MalformedFrameError('a frame holds at least one message')
  if (count > MAX_MESSAGES_PER_FRAME) {
    throw new MalformedFrameError(`${count} messages in a frame, limit ${MAX_MESSAGES_PER_FRAME}`)
  }
  const messageBytes = messages.reduce((sum, message) => sum + message.length, 0)
  const byteLength = frameByteLength(messageBytes, count)
  if (byteLength > MAX_FRAME_BYTES) throw new FrameTooLargeError(byteLength)

  const frame = startFrame(byteLength, 0, count)
  let offset = FRAME_HEADER_BYTES
  for (const message of messages) offset = putMessage(frame, offset, message)
  const { hash: root } = treeOver(hashes ?? messages.map(messageHash))
  frame.set(signer.sign(signedBytes(frame, root)), offset)
  return frame
}

/** A frame with its header alone; `flags` is 0 or PARTIAL. */
export function startFrame(byteLength: number, flags: number, count: number): Uint8Array {
  const frame = new Uint8Array(byteLength)
  const view = new DataView(frame.buffer)
  view.setUint16(0, FRAME_MAGIC)
  view.setUint8(2, FRAME_VERSION)
  view.setUint8(3, flags)
  view.setUint32(4, count)
  view.setUint32(8, byteLength - FRAME_HEADER_BYTES - FRAME_SIGNATURE_BYTES)
  return frame
}

/** Returns where the next entry goes. */
export function putMessage(frame: Uint8Array, offset: number, message: Uint8Array): number {
  new DataView(frame.buffer).setUint32(offset, message.length)
  frame.set(message, offset + MESSAGE_PREFIX_BYTES)
  return offset + MESSAGE_PREFIX_BYTES + message.length
}

/** `frame` may be a part of the one that is signed. */
function signedBytes(frame: Uint8Array, root: Uint8Array): Uint8Array {
  const header = frame.slice(0, SIGNED_HEADER_BYTES)
  header[3] = 0
  return concatBytes(header, root)
}

/** Messages side by side that are not in the part of a frame. */
export interface LeftOut {
  readonly span: number
  readonly hash: Uint8Array
}

/** What the body of a frame consists of. */
export type FrameEntry = { readonly bytes: Uint8Array } | LeftOut

/** A message of a frame whose signature was verified. */
export interface FramedMessage {
  /** Its place among all messages of the frame. */
  readonly index: number
  /** A view into the frame. */
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
}

export interface OpenedFrame {
  /** Of the whole frame, those that were left out included. */
  readonly messageCount: number
  /** In order. */
  readonly messages: readonly FramedMessage[]
}

/**
 * Checks a whole frame from an untrusted sender and returns its encoded messages, as views into `bytes`.
 * @throws FrameTooLargeError, MalformedFrameError, FrameVersionError, BadSignatureError
 */
export function openFrame(bytes: Uint8Array, verifier: FrameVerifier): Uint8Array[] {
  const { messages, messageCount } = openFrameOrPart(bytes, verifier)
  if (messages.length < messageCount) throw new MalformedFrameError('messages were left out')
  return messages.map((message) => message.bytes)
}

/**
 * Checks a frame, or a part of one, from an untrusted sender.
 * @throws FrameTooLargeError, MalformedFrameError, FrameVersionError, BadSignatureError
 */
export function openFrameOrPart(bytes: Uint8Array, verifier: FrameVerifier): OpenedFrame {
  const { end, count, isPartial } = readHeader(bytes)
  const entries = splitBody(bytes, end)
  const messages: FramedMessage[] = []
  const root = rootOf(entries, count, messages)
  if (messages.length === 0 || isPartial !== messages.length < count) {
    throw new MalformedFrameError(`${messages.length} of ${count} messages in a frame`)
  }
  if (!verifier.verify(signedBytes(bytes, root), bytes.subarray(end))) throw new BadSignatureError()
  return { messageCount: count, messages }
}

/**
 * Encoded messages of a whole frame that needs no check, as views into `bytes`.
 * @throws MalformedFrameError, FrameVersionError
 */
export function messagesOfOwnFrame(bytes: Uint8Array): Uint8Array[] {
  const { end } = readHeader(bytes)
  return splitBody(bytes, end).map((entry) => {
    if ('bytes' in entry) return entry.bytes
    throw new MalformedFrameError('messages were left out')
  })
}

function readHeader(bytes: Uint8Array) {
  if (bytes.length > MAX_FRAME_BYTES) throw new FrameTooLargeError(bytes.length)
  if (bytes.length < frameByteLength(0, 0)) throw new MalformedFrameError('frame is truncated')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== FRAME_MAGIC) throw new MalformedFrameError('not a frame')
  if (view.getUint8(2) !== FRAME_VERSION) throw new FrameVersionError(view.getUint8(2))
  const flags = view.getUint8(3)
  if (flags > PARTIAL) throw new MalformedFrameError('frame has unknown flags')
  const count = view.getUint32(4)
  if (count === 0 || count > MAX_MESSAGES_PER_FRAME) {
    throw new MalformedFrameError(`${count} messages in a frame`)
  }
  const end = FRAME_HEADER_BYTES + view.getUint32(8)
  if (bytes.length !== end + FRAME_SIGNATURE_BYTES) {
    throw new MalformedFrameError('frame is not as long as its header says')
  }
  return { count, end, isPartial: flags === PARTIAL }
}

function splitBody(bytes: Uint8Array, end: number): FrameEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: FrameEntry[] = []
  let offset = FRAME_HEADER_BYTES
  while (offset < end) {
    const start = offset + MESSAGE_PREFIX_BYTES
    const prefix = start <= end ? view.getUint32(offset) : 0
    const isLeftOut = prefix >= LEFT_OUT
    const length = isLeftOut ? HASH_BYTES : prefix
    const isTooLong = length > MAX_MESSAGE_BYTES || length > end - start
    if (length === 0 || isTooLong || entries.length === MAX_MESSAGES_PER_FRAME) {
      throw new MalformedFrameError(`message ${entries.length} does not fit in its frame`)
    }
    offset = start + length
    const content = bytes.subarray(start, offset)
    entries.push(isLeftOut ? { span: prefix - LEFT_OUT, hash: content } : { bytes: content })
  }
  return entries
}

/** Root of the tree over `count` messages; those that are there are added to `found`. */
function rootOf(entries: readonly FrameEntry[], count: number, found: FramedMessage[]): Uint8Array {
  let position = 0
  const hashOf = (start: number, span: number): Uint8Array => {
    const entry = entries[position]
    if (entry === undefined) throw new MalformedFrameError('messages are missing in a frame')
    if ('span' in entry && entry.span === span) {
      position++
      return entry.hash
    }
    if (span > 1) {
      const leftSpan = leftSpanOf(span)
      const left = hashOf(start, leftSpan)
      return innerHash(left, hashOf(start + leftSpan, span - leftSpan))
    }
    if ('span' in entry) throw new MalformedFrameError('what was left out of a frame is misplaced')
    position++
    const hash = messageHash(entry.bytes)
    found.push({ index: start, bytes: entry.bytes, hash })
    return hash
  }
  const root = hashOf(0, count)
  if (position !== entries.length) {
    throw new MalformedFrameError('bytes after the last message of a frame')
  }
  return root
}
