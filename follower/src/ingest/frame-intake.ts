/**
 * From messages back to the frames they came in: a frame goes to the folder when it is whole and its
 * messages continue the stream, its messages are then taken, and it is passed on when the last of them
 * holds and the folder has it.
 *
 *     received -> stored -> taken -> verified -> passed on
 *              \_________ while more is known to come, stored before it is passed on
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import { messageHash } from '@shredcast/protocol/wire/message-chain'
import type { StoredFrame } from '@shredcast/shared/store/repositories/frame-repository'
import type { ReceivedFrames } from './received-frames.ts'

export interface FrameIntakeOptions {
  /** Takes the next message, one at a time. */
  readonly take: (received: ReceivedMessage) => Promise<void>
  /** Absent: nothing is kept. */
  readonly folder?: Pick<ReceivedFrames, 'add' | 'storedSeq'>
  /** Whether it is known that there is more than message `seq`. */
  readonly hasMore?: (seq: number) => boolean
  /** Takes frames all of whose messages hold, in order. */
  readonly pass?: (frame: PublishedFrame) => void
}

export class FrameIntake {
  readonly #options: FrameIntakeOptions
  /** Of the frame that is being received: within what a frame may hold. */
  #gathered: ReceivedMessage[] = []
  /**
   * Not yet passed on: no more than an open block and a frame, since a seal is taken when it holds and
   * is stored with all frames before it.
   */
  #held: StoredFrame[] = []
  #verifiedSeq = -1
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
    const { folder, hasMore } = this.#options
    await folder?.add(stored, hasMore?.(message.seq) ?? false)
    await this.takeStored(stored, messages)
  }

  /** A frame that the folder has or waits for, and those of its messages that are to be taken. */
  async takeStored(frame: StoredFrame, messages: readonly ReceivedMessage[]): Promise<void> {
    // What was verified before may have been stored just now.
    this.#passOn()
    this.#held.push(frame)
    for (const received of messages) await this.#options.take(received)
  }

  /** All messages up to `seq` hold. */
  verified(seq: number): void {
    this.#verifiedSeq = seq
    this.#passOn()
  }

  #passOn(): void {
    const storedSeq = this.#options.folder?.storedSeq ?? Number.POSITIVE_INFINITY
    const endSeq = Math.min(this.#verifiedSeq, storedSeq)
    const count = this.#held.findIndex(({ lastSeq }) => lastSeq > endSeq)
    if (count === 0) return
    const passed = this.#held.splice(0, count === -1 ? this.#held.length : count)
    for (const frame of passed) this.#options.pass?.(publishedFrame(frame))
    if (this.#held.length === 0) this.#onDrained()
  }

  /** Resolves when every frame that was taken is passed on. */
  drained(): Promise<void> {
    if (this.#held.length === 0) return Promise.resolve()
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
