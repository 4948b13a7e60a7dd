/**
 * The stream as the shred log has it: where it goes on, and its newest messages, framed and signed
 * anew, for subscribers that resume after a restart.
 */

import type { FrameHistory } from '@shredcast/protocol/nats/nats-publisher'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { FrameSigner } from '@shredcast/protocol/wire/frame'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'
import { messageHash, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import type { LoggedMessage, ShredLog } from '@shredcast/shared/store/repositories/shred-log'

/** As the default of `maxBytes`: a quarter of what the server keeps. */
const STREAM_BYTES_MAX = 64 * 2 ** 20

/** Messages read at once, and in a frame at most. */
const PORTION = 512
const FRAME_BYTES = 256 * 1024

export interface LoggedStream {
  /** Before the first of `frames`. */
  readonly start: ChainTip
  readonly frames: readonly PublishedFrame[]
  /** Behind the last message. */
  readonly end: ChainTip
}

/**
 * Takes messages until they have `maxBytes`, and the rest of the portion that they are read in.
 * @throws StoreCorruptedError
 */
export function readLoggedStream(
  log: ShredLog,
  signer: FrameSigner,
  maxBytes: number = STREAM_BYTES_MAX,
): LoggedStream {
  const messages = newestMessages(log, maxBytes)
  const frames = [...framed(messages, signer)]
  const [first] = messages
  const last = frames.at(-1)
  const start = {
    nextSeq: first?.seq ?? log.nextSeq,
    latestHash: first === undefined ? NO_MESSAGE_HASH : decodeMessage(first.bytes).prevHash,
  }
  const end = last === undefined ? start : { nextSeq: last.lastSeq + 1, latestHash: last.lastHash }
  return { start, frames, end }
}

/** The log as far back as it goes, framed and signed anew where someone asks for it. */
export function loggedHistory(log: ShredLog, signer: FrameSigner): FrameHistory {
  return {
    get oldestSeq() {
      return log.firstSeq
    },
    frameAt: (seq) => framed(log.read(seq, PORTION), signer).next().value ?? undefined,
  }
}

function newestMessages(log: ShredLog, maxBytes: number): LoggedMessage[] {
  const portions: LoggedMessage[][] = []
  const { firstSeq, nextSeq } = log
  let bytes = 0
  for (let end = nextSeq; end > firstSeq && bytes < maxBytes; end -= PORTION) {
    const start = Math.max(firstSeq, end - PORTION)
    const portion = log.read(start, end - start)
    for (const message of portion) bytes += message.bytes.length
    portions.push(portion)
  }
  return portions.reverse().flat()
}

function* framed(
  messages: readonly LoggedMessage[],
  signer: FrameSigner,
): Generator<PublishedFrame, undefined> {
  let open: LoggedMessage[] = []
  let openBytes = 0
  for (const message of messages) {
    const isFull = open.length === PORTION || openBytes + message.bytes.length > FRAME_BYTES
    if (open.length > 0 && isFull) {
      yield frameOf(open, signer)
      open = []
      openBytes = 0
    }
    open.push(message)
    openBytes += message.bytes.length
  }
  if (open.length > 0) yield frameOf(open, signer)
  return undefined
}

/** Of at least one message. */
function frameOf(messages: readonly LoggedMessage[], signer: FrameSigner): PublishedFrame {
  const first = messages[0]!
  const last = messages.at(-1)!
  return {
    bytes: sealFrame(
      messages.map(({ bytes }) => bytes),
      signer,
    ),
    firstSeq: first.seq,
    lastSeq: last.seq,
    lastHash: messageHash(last.bytes),
  }
}
