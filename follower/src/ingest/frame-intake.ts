/**
 * From messages back to the frames they came in: a frame is logged when it is whole and its messages
 * continue the stream, its messages are then taken, and it is passed on when the last of them holds.
 *
 *     received -> logged -> taken -> verified -> passed on
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import { messageHash } from '@shredcast/protocol/wire/message-chain'
import type { StoredFrame } from '@shredcast/shared/store/repositories/frame-repository'

export interface FrameIntakeOptions {
  /** Takes the next message, one at a time. */
  readonly take: (received: ReceivedMessage) => Promise<void>
  /** Resolves when the frame is as safe as it will be. */
  readonly log?: (frame: StoredFrame) => Promise<void>
  /** Takes frames all of whose messages hold, in order. */
  readonly pass?: (frame: PublishedFrame) => void
}

export class FrameIntake {
  readonly #options: FrameIntakeOptions
  /** Of the frame that is being received: within what a frame may hold. */
  #gathered: ReceivedMessage[] = []
  /** Not yet verified: no more than an open block and a frame, since a seal is taken when it holds. */
  #unverified: StoredFrame[] = []
  #onDrained: () => void = () => {}

  constructor(options: FrameIntakeOptions) {
    this.#options = options
  }

  async take(received: ReceivedMessage): Promise<void> {
    this.#gathered.push(received)
    const { frame, message } = received
    if (frame === undefined) return
    const messages = this.#gathered
    this.#gathered = []
    const lastHash = messageHash(received.bytes)
    const stored = { ...frame, lastSeq: message.seq, lastHash }
    await this.#options.log?.(stored)
    await this.takeLogged(stored, messages)
  }

  /** A frame that is in the log, and those of its messages that are to be taken. */
  async takeLogged(frame: StoredFrame, messages: readonly ReceivedMessage[]): Promise<void> {
    this.#unverified.push(frame)
    for (const received of messages) await this.#options.take(received)
  }

  /** All messages up to `seq` hold. */
  verified(seq: number): void {
    const count = this.#unverified.findIndex(({ lastSeq }) => lastSeq > seq)
    if (count === 0) return
    const verified = this.#unverified.splice(0, count === -1 ? this.#unverified.length : count)
    for (const frame of verified) this.#options.pass?.(publishedFrame(frame))
    if (this.#unverified.length === 0) this.#onDrained()
  }

  /** Resolves when every frame that was taken is passed on. */
  drained(): Promise<void> {
    if (this.#unverified.length === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onDrained = resolve
    })
  }
}

export function firstSeqOf({ lastSeq, messageCount }: StoredFrame): number {
  return lastSeq - messageCount + 1
}

export function publishedFrame(frame: StoredFrame): PublishedFrame {
  const { bytes, lastSeq, lastHash } = frame
  return { bytes, firstSeq: firstSeqOf(frame), lastSeq, lastHash }
}
