/**
 * The signed frames since the seal before the block that is open: what a leader has said of the
 * block so far, and of the one it builds on, with its signature.
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'

/** Of frames that are kept; a block with more has a report without them. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024

interface KeptFrame {
  readonly bytes: Uint8Array
  /** The last message of it that was added. */
  lastSeq: number
}

export class BlockFrames {
  #frames: KeptFrame[] = []
  #newest: KeptFrame | undefined
  #byteLength = 0
  #isAfterSeal = false

  /** Each message, in order, before it is verified. */
  add({ message, signedIn: frame }: ReceivedMessage): void {
    if (this.#isAfterSeal) {
      this.#frames = this.#newest === undefined ? [] : [this.#newest]
      this.#byteLength = this.#newest?.bytes.length ?? 0
    }
    this.#isAfterSeal = message.type === 'blockSealed'
    if (this.#newest?.bytes === frame) {
      this.#newest.lastSeq = message.seq
      return
    }
    this.#newest = { bytes: frame, lastSeq: message.seq }
    this.#byteLength += frame.length
    // What is past the limit is only counted.
    if (this.#isWhole) this.#frames.push(this.#newest)
  }

  /** From the seal before to message `seq`; undefined when they are too much to keep. */
  upTo(seq: number): Uint8Array[] | undefined {
    if (!this.#isWhole) return undefined
    const end = this.#frames.findIndex(({ lastSeq }) => lastSeq >= seq)
    return this.#frames.slice(0, end + 1).map(({ bytes }) => bytes)
  }

  get #isWhole(): boolean {
    return this.#byteLength <= FRAME_BYTES_MAX
  }
}
