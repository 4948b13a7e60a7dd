/**
 * The signed frames that were read last: what a leader said of a message, with its signature, so that
 * another word of it for the same message can be shown beside it.
 */

/** What was signed for one message. */
export interface SignedMessage {
  readonly seq: number
  /** Keccak-256 of the message. */
  readonly hash: Uint8Array
  /** The frame that holds it. */
  readonly frame: Uint8Array
}

/** Frames of so many bytes are remembered, at least the newest. */
const WINDOW_BYTES = 1024 * 1024
const WINDOW_MESSAGES = 4096

export class SignedWindow {
  /** In order of `seq`, without a gap. */
  #messages: SignedMessage[] = []
  #bytes = 0

  /** The message behind the one before it. */
  add(message: SignedMessage): void {
    const newest = this.#messages.at(-1)
    if (newest !== undefined && newest.seq !== message.seq - 1) this.clear()
    if (this.#messages.at(-1)?.frame !== message.frame) this.#bytes += message.frame.length
    this.#messages.push(message)
    if (this.#bytes > WINDOW_BYTES || this.#messages.length > WINDOW_MESSAGES) this.#dropOldest()
  }

  at(seq: number): SignedMessage | undefined {
    const first = this.#messages[0]
    return first === undefined ? undefined : this.#messages[seq - first.seq]
  }

  clear(): void {
    this.#messages = []
    this.#bytes = 0
  }

  /** The older half, in whole frames, so that it seldom happens. */
  #dropOldest(): void {
    const half = this.#messages[this.#messages.length >>> 1]!.frame
    const end = this.#messages.findIndex(({ frame }) => frame === half)
    this.#messages = this.#messages.slice(end)
    const frames = new Set(this.#messages.map(({ frame }) => frame))
    this.#bytes = [...frames].reduce((sum, frame) => sum + frame.length, 0)
  }
}
