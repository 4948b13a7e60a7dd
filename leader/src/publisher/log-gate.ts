/**
 * Holds every frame back until its messages are in the shred log: what a subscriber has seen is there
 * after any crash. Once the log has failed nothing passes any more.
 */

import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import { assert } from '@shredcast/shared/primitives/assert'
import type { ShredLog } from '@shredcast/shared/store/repositories/shred-log'

export class LogGate {
  /** Rejects with what the log failed with; never resolves. */
  readonly failed: Promise<never>
  readonly #log: ShredLog
  readonly #send: (frame: PublishedFrame) => void
  #fail: (error: unknown) => void = () => {}
  #hasFailed = false
  #newest: Promise<void> = Promise.resolve()

  constructor(log: ShredLog, send: (frame: PublishedFrame) => void) {
    this.#log = log
    this.#send = send
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    // Whoever awaits it hears of the failure; until then it is nobody's unhandled rejection.
    this.failed.catch(() => {})
  }

  /** Logs the frame's messages, then sends it, behind all that came before. */
  pass(frame: PublishedFrame, messages: readonly Uint8Array[]): void {
    if (!this.#hasFailed) this.#newest = this.#logAndSend(frame, messages)
  }

  /** Resolves when everything so far has been sent; rejects as `failed` does. */
  async settled(): Promise<void> {
    // The log resolves its appends in order.
    await this.#newest
    if (this.#hasFailed) await this.failed
  }

  async #logAndSend(frame: PublishedFrame, messages: readonly Uint8Array[]): Promise<void> {
    try {
      const seq = await this.#log.append(messages)
      assert(seq === frame.firstSeq, 'the log has what was published, and nothing else')
      if (!this.#hasFailed) this.#send(frame)
    } catch (error) {
      this.#hasFailed = true
      this.#fail(error)
    }
  }
}
