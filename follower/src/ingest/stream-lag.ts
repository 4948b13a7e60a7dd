/** How far the follower is behind its leader, by what it has been told of where the leader is. */

import type { StreamMessage } from '@shredcast/protocol/wire/messages'

/** Far is from either on; near again is below a part of both. */
interface FarLimits {
  readonly messages: number
  readonly ms: number
}

const FAR: FarLimits = { messages: 10_000, ms: 10_000 }
const NEAR_PART = 0.2

export class StreamLag {
  readonly #far: FarLimits
  /** `seq` behind the leader's newest message, as the newest word of it said. */
  #leaderSeq = 0
  #nextSeq = 0
  #ms: number | undefined
  #isFar = false

  constructor(far: FarLimits = FAR) {
    this.#far = far
  }

  /** The leader or relay says that its next message is `nextSeq`; an older word is passed over. */
  heard(nextSeq: number): void {
    this.#leaderSeq = Math.max(this.#leaderSeq, nextSeq)
    this.#settle()
  }

  verified(message: StreamMessage): void {
    this.#nextSeq = message.seq + 1
    if (message.type === 'blockOpened') {
      this.#ms = undefined
    } else if (message.type === 'shred' && message.committedAtUs !== undefined) {
      this.#ms = performance.timeOrigin + performance.now() - message.committedAtUs / 1000
    } else if (message.type === 'blockSealed') {
      this.#settle()
    }
  }

  /** Whether the leader is known to have more than message `seq`, which then comes. */
  isKnownBehind(seq: number): boolean {
    return this.#leaderSeq > seq + 1
  }

  /** Messages that the leader is known to have and that are not verified yet. */
  get messages(): number {
    return Math.max(0, this.#leaderSeq - this.#nextSeq)
  }

  /** Age of the block's newest shred when it was verified, as far as the two clocks agree. */
  get ms(): number | undefined {
    return this.#ms
  }

  /** Once far, it stays so until it is near. The leader's own word: it may say what it likes. */
  get isFar(): boolean {
    return this.#isFar
  }

  #settle(): void {
    const { messages, ms } = this.#far
    const part = this.#isFar ? NEAR_PART : 1
    this.#isFar = this.messages >= messages * part || (this.#ms ?? 0) >= ms * part
  }
}
