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
 *     | Ed25519 signature of everything above                  |      64 bytes
 *     +--------------------------------------------------------+
 *
 * The signature comes last so that what it covers is one run of bytes, signed and verified in place.
 * Trust boundary: `openFrame` believes nothing before the signature is verified except what it needs to
 * find it, and the signature says who sent the messages, not that they are true.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGES_PER_FRAME } from './limits.ts'

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
const FRAME_VERSION = 1
export const FRAME_HEADER_BYTES = 12
const FRAME_SIGNATURE_BYTES = 64
/** Before each message in the body. */
const MESSAGE_PREFIX_BYTES = 4

/** Size of the frame that holds messages of these sizes. */
export function frameByteLength(messageBytes: number, messageCount: number): number {
  const prefixes = messageCount * MESSAGE_PREFIX_BYTES
  return FRAME_HEADER_BYTES + prefixes + messageBytes + FRAME_SIGNATURE_BYTES
}

/**
 * Frames and signs encoded messages.
 * @throws MalformedFrameError for no message or too many; FrameTooLargeError
 */
export function sealFrame(messages: readonly Uint8Array[], signer: FrameSigner): Uint8Array {
  const count = messages.length
  if (count === 0) throw new MalformedFrameError('a frame holds at least one message')
  if (count > MAX_MESSAGES_PER_FRAME) {
    throw new MalformedFrameError(`${count} messages in a frame, limit ${MAX_MESSAGES_PER_FRAME}`)
  }
  const messageBytes = messages.reduce((sum, message) => sum + message.length, 0)
  const byteLength = frameByteLength(messageBytes, count)
  if (byteLength > MAX_FRAME_BYTES) throw new FrameTooLargeError(byteLength)

  const frame = new Uint8Array(byteLength)
  const view = new DataView(frame.buffer)
  view.setUint16(0, FRAME_MAGIC)
  view.setUint8(2, FRAME_VERSION)
  view.setUint32(4, count)
  view.setUint32(8, byteLength - FRAME_HEADER_BYTES - FRAME_SIGNATURE_BYTES)
  let offset = FRAME_HEADER_BYTES
  for (const message of messages) {
    view.setUint32(offset, message.length)
    frame.set(message, offset + MESSAGE_PREFIX_BYTES)
    offset += MESSAGE_PREFIX_BYTES + message.length
  }
  frame.set(signer.sign(frame.subarray(0, offset)), offset)
  return frame
}

/**
 * Checks a frame from an untrusted sender and returns its encoded messages, as views into `bytes`.
 * @throws FrameTooLargeError, MalformedFrameError, FrameVersionError, BadSignatureError
 */
export function openFrame(bytes: Uint8Array, verifier: FrameVerifier): Uint8Array[] {
  if (bytes.length > MAX_FRAME_BYTES) throw new FrameTooLargeError(bytes.length)
  if (bytes.length < frameByteLength(0, 0)) throw new MalformedFrameError('frame is truncated')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== FRAME_MAGIC) throw new MalformedFrameError('not a frame')
  if (view.getUint8(2) !== FRAME_VERSION) throw new FrameVersionError(view.getUint8(2))
  if (view.getUint8(3) !== 0) throw new MalformedFrameError('frame has unknown flags')
  const end = FRAME_HEADER_BYTES + view.getUint32(8)
  if (bytes.length !== end + FRAME_SIGNATURE_BYTES) {
    throw new MalformedFrameError('frame is not as long as its header says')
  }
  if (!verifier.verify(bytes.subarray(0, end), bytes.subarray(end))) throw new BadSignatureError()
  return splitBody(bytes, view, end)
}

function splitBody(bytes: Uint8Array, view: DataView, end: number): Uint8Array[] {
  const count = view.getUint32(4)
  if (count === 0 || count > MAX_MESSAGES_PER_FRAME) {
    throw new MalformedFrameError(`${count} messages in a frame`)
  }
  const messages: Uint8Array[] = []
  let offset = FRAME_HEADER_BYTES
  for (let i = 0; i < count; i++) {
    const start = offset + MESSAGE_PREFIX_BYTES
    const length = start <= end ? view.getUint32(offset) : 0
    if (length === 0 || length > MAX_MESSAGE_BYTES || length > end - start) {
      throw new MalformedFrameError(`message ${i} does not fit in its frame`)
    }
    offset = start + length
    messages.push(bytes.subarray(start, offset))
  }
  if (offset !== end) throw new MalformedFrameError('bytes after the last message of a frame')
  return messages
}
