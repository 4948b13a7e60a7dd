/** How far what was delivered lags behind what there is: the sign of a stream that has quietly stopped. */

export interface Staleness {
  /** The newest message that was delivered, or passed over as wanted; -1: none yet. */
  readonly seq: number
  /**
   * How long ago everything up to `seq` was all there is, by what servers said. It grows while the
   * connection is lost, while the consumer is behind, and while a relay has lost its own source.
   */
  readonly ageMs: number
  /** Messages that the server is known to have beyond `seq`. */
  readonly behind: number
}

/** At `atMs` there was nothing behind `nextSeq`. */
interface Word {
  readonly nextSeq: number
  readonly atMs: number
}

export class StalenessClock {
  readonly #now: () => number
  #deliveredNextSeq = 0
  /** When everything that was delivered was all there was. */
  #freshMs: number
  /** The first word that is not fulfilled, and the newest. */
  #pending: Word | undefined
  #newest: Word | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#freshMs = now()
  }

  /** A server says that `nextSeq` comes next; it knew so `ageMs` ago. */
  heard(nextSeq: number, ageMs: number): void {
    const word = { nextSeq, atMs: this.#now() - ageMs }
    this.#newest = word
    this.#pending ??= word
    this.#fulfil()
  }

  delivered(nextSeq: number): void {
    this.#deliveredNextSeq = nextSeq
    this.#fulfil()
  }

  value(): Staleness {
    const nextSeq = this.#deliveredNextSeq
    return {
      seq: nextSeq - 1,
      ageMs: this.#now() - this.#freshMs,
      behind: Math.max(0, (this.#newest?.nextSeq ?? 0) - nextSeq),
    }
  }

  #fulfil(): void {
    while (this.#pending !== undefined && this.#deliveredNextSeq >= this.#pending.nextSeq) {
      this.#freshMs = Math.max(this.#freshMs, this.#pending.atMs)
      this.#pending = this.#pending === this.#newest ? undefined : this.#newest
    }
  }
}
