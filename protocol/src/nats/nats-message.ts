/**
 * A frame as NATS messages: the signed bytes as they are, in several parts where one message of the
 * server cannot hold them, each part with headers that say what the frame is.
 *
 *     Nats-Msg-Id       chain id, first seq, hash of the last message, part: the same from every publisher
 *     Shredcast-Frame   the stream as if it were this frame alone, an encoded Hello in base64
 *     Shredcast-Part    `k/n`, from 1
 *
 * Headers lead to a frame and are signed by nobody; what the frame holds is believed only when its
 * signature and its place in the chain are right.
 */

import type { MsgHdrs } from '@nats-io/transport-node'
import { headers } from '@nats-io/transport-node'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { PublishedFrame } from '../server/frame-log.ts'
import type { StreamIdentity } from '../server/stream-server.ts'
import type { Hello } from '../wire/control-messages.ts'
import { PROTOCOL_NAME, PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { MAX_FRAME_BYTES } from '../wire/limits.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'

/** A message on the subject that no publisher of frames can have made. */
export class InvalidNatsMessageError extends BaseError {
  override readonly name = 'Nats.InvalidNatsMessageError'
}

/** The server takes so little at once that frames cannot be brought there. */
export class NatsPayloadLimitError extends BaseError {
  override readonly name = 'Nats.NatsPayloadLimitError'

  constructor(maxPayload: number) {
    super(
      `the NATS server takes ${maxPayload} bytes in a message, too few for frames: ` +
        `raise its max_payload to ${MIN_PAYLOAD_BYTES} at least`,
    )
  }
}

const FRAME_HEADER = 'Shredcast-Frame'
const PART_HEADER = 'Shredcast-Part'

/** Headers count as payload. */
const HEADER_BYTES_MAX = 2048
const MIN_PAYLOAD_BYTES = 64 * 1024
const PARTS_MAX = Math.ceil(MAX_FRAME_BYTES / (MIN_PAYLOAD_BYTES - HEADER_BYTES_MAX))

export interface FramePart {
  readonly id: string
  readonly headers: MsgHdrs
  readonly bytes: Uint8Array
}

/** What the headers of a stored message say. */
export interface PartHeaders {
  readonly id: string
  /** `oldestSeq` is the frame's first message, `nextSeq` behind its last one. */
  readonly hello: Hello
  /** From 1. */
  readonly part: number
  readonly partCount: number
}

/**
 * The messages that carry a frame to a server that takes `maxPayload` bytes in each.
 * @throws NatsPayloadLimitError
 */
export function partsOf(
  frame: PublishedFrame,
  identity: StreamIdentity,
  maxPayload: number,
): FramePart[] {
  if (maxPayload < MIN_PAYLOAD_BYTES) throw new NatsPayloadLimitError(maxPayload)
  const partBytes = maxPayload - HEADER_BYTES_MAX
  const partCount = Math.ceil(frame.bytes.length / partBytes)
  const hello = Buffer.from(encodeControl(frameHello(frame, identity))).toString('base64')
  return Array.from({ length: partCount }, (_, index) => {
    const fields = headers()
    fields.set(FRAME_HEADER, hello)
    fields.set(PART_HEADER, `${index + 1}/${partCount}`)
    return {
      id: `${identity.chainId}-${frame.firstSeq}-${bytesToHex(frame.lastHash)}-${index + 1}`,
      headers: fields,
      bytes: frame.bytes.subarray(index * partBytes, (index + 1) * partBytes),
    }
  })
}

function frameHello(frame: PublishedFrame, identity: StreamIdentity): Hello {
  return {
    type: 'hello',
    protocol: PROTOCOL_NAME,
    version: PROTOCOL_VERSION,
    ...identity,
    nextSeq: frame.lastSeq + 1,
    oldestSeq: frame.firstSeq,
    latestHash: frame.lastHash,
  }
}

/** @throws InvalidNatsMessageError */
export function readHeaders(fields: MsgHdrs | undefined): PartHeaders {
  const id = fields?.get('Nats-Msg-Id') ?? ''
  const [, part, partCount] = /^(\d{1,4})\/(\d{1,4})$/.exec(fields?.get(PART_HEADER) ?? '') ?? []
  const hello = helloFrom(fields?.get(FRAME_HEADER) ?? '')
  const numbers = { part: Number(part), partCount: Number(partCount) }
  if (
    id === '' ||
    !(numbers.part >= 1 && numbers.part <= numbers.partCount && numbers.partCount <= PARTS_MAX) ||
    hello.nextSeq <= hello.oldestSeq
  ) {
    throw new InvalidNatsMessageError('a message of the NATS stream is no part of a frame')
  }
  return { id, hello, ...numbers }
}

function helloFrom(text: string): Hello {
  try {
    const control = decodeControl(new Uint8Array(Buffer.from(text, 'base64')))
    if (control.type === 'hello') return control
  } catch (cause) {
    const details = cause instanceof BaseError ? cause.shortMessage : String(cause)
    throw new InvalidNatsMessageError('a message of the NATS stream names no frame', {
      details,
      cause,
    })
  }
  throw new InvalidNatsMessageError('a message of the NATS stream names no frame')
}

/** Puts frames together from their parts as these come. */
export class FrameAssembler {
  #parts: Uint8Array[] = []
  #byteLength = 0
  #frameId = ''

  /**
   * The frame's bytes once its last part is there. Parts of a frame that did not come whole, since its
   * publisher ended in the middle of it, are dropped: the whole frame follows.
   * @throws InvalidNatsMessageError
   */
  take({ id, part, partCount }: PartHeaders, bytes: Uint8Array): Uint8Array | undefined {
    // The client library gives Buffers, which should not leave this folder.
    if (partCount === 1) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    const frameId = id.replace(/\d+$/, String(partCount))
    if (part === 1) this.#start(frameId)
    if (frameId !== this.#frameId || part !== this.#parts.length + 1) {
      this.#start('')
      return undefined
    }
    this.#parts.push(bytes)
    this.#byteLength += bytes.length
    if (this.#byteLength > MAX_FRAME_BYTES) {
      throw new InvalidNatsMessageError(
        `the parts of a frame have more than ${MAX_FRAME_BYTES} bytes`,
      )
    }
    if (part < partCount) return undefined
    const frame = new Uint8Array(Buffer.concat(this.#parts))
    this.#start('')
    return frame
  }

  #start(frameId: string): void {
    this.#parts = []
    this.#byteLength = 0
    this.#frameId = frameId
  }
}
