/**
 * The newest frames, in memory, for subscribers that resume and for those that are a little behind.
 * Frames are numbered from 0 in the order they came; those that fall off the old end keep theirs.
 *
 *     dropped | firstIndex ... nextIndex - 1 | to come
 */

import { assert } from '@shredcast/shared/primitives/assert'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { ChainTip } from '../wire/message-chain.ts'
import { NO_MESSAGE_HASH } from '../wire/message-chain.ts'

/** A frame as it goes to subscribers; its bytes are shared by all of them and must not change. */
export interface PublishedFrame {
  readonly bytes: Uint8Array
  readonly firstSeq: number
  readonly lastSeq: number
  /** Hash of message `lastSeq`. */
  readonly lastHash: Uint8Array
}

/** A frame that does not continue the one before it: messages are missing, or it has nothing new. */
export class FrameOrderError extends BaseError {
  override readonly name = 'Server.FrameOrderError'
  readonly expectedSeq: number
  readonly firstSeq: number

  constructor(expectedSeq: number, firstSeq: number) {
    super(`frame begins with message ${firstSeq}, expected ${expectedSeq}`)
    this.expectedSeq = expectedSeq
    this.firstSeq = firstSeq
  }
}

export interface FrameLogLimits {
  /** At least the newest frame is always kept, whatever its size. */
  readonly maxBytes: number
  readonly maxFrames: number
}

export class FrameLog {
  readonly #limits: FrameLogLimits
  /** From `#head` on; the slots before it are free and are cut off now and then. */
  #frames: (PublishedFrame | undefined)[] = []
  #head = 0
  #firstIndex = 0
  #byteLength = 0
  #tip: ChainTip

  /** `tip` is where the stream stands when the log is opened. */
  constructor(limits: FrameLogLimits, tip: ChainTip = { nextSeq: 0, latestHash: NO_MESSAGE_HASH }) {
    assert(limits.maxFrames >= 1, 'a frame log keeps at least one frame')
    this.#limits = limits
    this.#tip = tip
  }

  get tip(): ChainTip {
    return this.#tip
  }

  /** The oldest message that is still here; `tip.nextSeq` when there is none. */
  get oldestSeq(): number {
    return this.#frames[this.#head]?.firstSeq ?? this.#tip.nextSeq
  }

  get byteLength(): number {
    return this.#byteLength
  }

  get firstIndex(): number {
    return this.#firstIndex
  }

  get nextIndex(): number {
    return this.#firstIndex + this.#frames.length - this.#head
  }

  /** @throws FrameOrderError */
  append(frame: PublishedFrame): void {
    const { nextSeq } = this.#tip
    // It may begin with messages that are here already: see `StreamReader.next`.
    if (frame.firstSeq > nextSeq || frame.lastSeq < nextSeq) {
      throw new FrameOrderError(nextSeq, frame.firstSeq)
    }
    assert(frame.lastSeq >= frame.firstSeq, 'a frame holds at least one message')
    this.#frames.push(frame)
    this.#byteLength += frame.bytes.length
    this.#tip = { nextSeq: frame.lastSeq + 1, latestHash: frame.lastHash }
    this.#dropOldest()
  }

  /** The frame of that number; undefined when it was dropped or is still to come. */
  at(index: number): PublishedFrame | undefined {
    return index < this.#firstIndex
      ? undefined
      : this.#frames[this.#head + index - this.#firstIndex]
  }

  /** Number of the frame that holds message `seq`, which must be here or come next. */
  indexOf(seq: number): number {
    assert(seq >= this.oldestSeq && seq <= this.#tip.nextSeq, 'message is in the log')
    let low = this.#firstIndex
    let high = this.nextIndex
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at(middle)!.lastSeq < seq) low = middle + 1
      else high = middle
    }
    return low
  }

  #dropOldest(): void {
    const { maxBytes, maxFrames } = this.#limits
    while (this.#frames.length - this.#head > 1) {
      const count = this.#frames.length - this.#head
      if (count <= maxFrames && this.#byteLength <= maxBytes) break
      this.#byteLength -= this.#frames[this.#head]!.bytes.length
      this.#frames[this.#head++] = undefined
      this.#firstIndex++
    }
    if (this.#head > 1024 && this.#head * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#head)
      this.#head = 0
    }
  }
}
