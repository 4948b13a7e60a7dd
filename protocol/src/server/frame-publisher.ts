/**
 * Turns messages into frames. Messages gather during one turn of the event loop and leave together
 * in its check phase, so a lone shred waits for nothing and a burst shares one signature; a frame that
 * reaches its limits leaves at once.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { FrameSigner } from '../wire/frame.ts'
import { frameByteLength, sealFrame } from '../wire/frame.ts'
import { MAX_FRAME_BYTES, MAX_MESSAGES_PER_FRAME } from '../wire/limits.ts'
import type { ChainedMessage, MessageChain } from '../wire/message-chain.ts'
import type { MessageDraft } from '../wire/messages.ts'
import type { PublishedFrame } from './frame-log.ts'

export class PublisherClosedError extends BaseError {
  override readonly name = 'Server.PublisherClosedError'

  constructor() {
    super('a message was appended to a publisher that is closed')
  }
}

export interface FramePublisherOptions {
  readonly chain: MessageChain
  readonly signer: FrameSigner
  /** Takes each finished frame, and the bytes of its messages: a server's `publish`, a log on disk. */
  readonly publish: (frame: PublishedFrame, messages: readonly Uint8Array[]) => void
  /**
   * A frame this large leaves at once; a single larger message still has a frame of its own.
   * Default 256 KiB: larger ones gain nothing and delay their first shred.
   */
  readonly flushBytes?: number
  /** As many messages leave at once. Default 1024. */
  readonly flushMessages?: number
}

export interface FramePublisher {
  /**
   * Gives the message its place in the chain and queues it.
   * @throws InvalidFieldError, MessageTooLargeError
   */
  append(draft: MessageDraft): ChainedMessage
  /** Sends what is queued now. */
  flush(): void
  /** Sends what is queued; nothing may be appended afterwards. */
  close(): void
}

export function createFramePublisher(options: FramePublisherOptions): FramePublisher {
  const { chain, signer, publish } = options
  const flushBytes = Math.min(options.flushBytes ?? 256 * 1024, MAX_FRAME_BYTES)
  const flushMessages = Math.min(options.flushMessages ?? 1024, MAX_MESSAGES_PER_FRAME)
  let queue: ChainedMessage[] = []
  let queuedBytes = 0
  let scheduled: NodeJS.Immediate | undefined
  let closed = false

  const flush = (): void => {
    clearImmediate(scheduled)
    scheduled = undefined
    const first = queue[0]
    const last = queue.at(-1)
    if (first === undefined || last === undefined) return
    const messages = queue.map((message) => message.bytes)
    const hashes = queue.map((message) => message.hash)
    const bytes = sealFrame(messages, signer, hashes)
    queue = []
    queuedBytes = 0
    publish({ bytes, firstSeq: first.seq, lastSeq: last.seq, lastHash: last.hash }, messages)
  }

  return {
    append(draft) {
      if (closed) throw new PublisherClosedError()
      const message = chain.append(draft)
      const added = message.bytes.length
      if (frameByteLength(queuedBytes + added, queue.length + 1) > MAX_FRAME_BYTES) flush()
      queue.push(message)
      queuedBytes += added
      if (queuedBytes >= flushBytes || queue.length >= flushMessages) flush()
      else scheduled ??= setImmediate(flush)
      return message
    },
    flush,
    close() {
      flush()
      closed = true
    },
  }
}
