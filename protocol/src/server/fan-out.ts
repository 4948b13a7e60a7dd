/**
 * Rounds over all subscribers after frames were published. A round is cut into slices, between which
 * the process does its other work, and what takes long keeps to a share of the thread's time; frames
 * that come meanwhile are taken along, since a subscriber is sent all that is due when its turn comes:
 * the more there are, the more frames a write has, and the less a frame costs.
 */

/** So long may a round hold the process at a time, one subscriber's sending aside. */
const SLICE_MS = 1

/** Of the thread's time, for rounds; what is not used is kept, up to so much. */
const SHARE = 1 / 3
const SAVED_MS_MAX = 5

export interface Served {
  /** Sends what is due. */
  send(): void
}

export class FanOut {
  readonly #served: ReadonlySet<Served>
  #round: Iterator<Served> | undefined
  #isDueAgain = false
  /** Time that rounds may take now; below zero they wait. */
  #savedMs = SAVED_MS_MAX
  #savedAtMs = performance.now()

  constructor(served: ReadonlySet<Served>) {
    this.#served = served
  }

  /** Something is due to everyone. */
  wake(): void {
    if (this.#round !== undefined) {
      this.#isDueAgain = true
      return
    }
    this.#round = this.#served.values()
    this.#serve(this.#round)
  }

  #serve(round: Iterator<Served>): void {
    const startedMs = performance.now()
    if (this.#saveUntil(startedMs) <= 0) {
      setTimeout(() => this.#serve(round), -this.#savedMs / SHARE)
      return
    }
    const isWhole = serveSlice(round, startedMs + SLICE_MS)
    this.#savedMs -= performance.now() - startedMs
    if (!isWhole) {
      setImmediate(() => this.#serve(round))
      return
    }
    this.#round = undefined
    if (this.#isDueAgain) {
      this.#isDueAgain = false
      this.wake()
    }
  }

  #saveUntil(nowMs: number): number {
    const savedMs = this.#savedMs + (nowMs - this.#savedAtMs) * SHARE
    this.#savedMs = Math.min(SAVED_MS_MAX, savedMs)
    this.#savedAtMs = nowMs
    return this.#savedMs
  }
}

/** Returns whether everyone was served before the end. */
function serveSlice(round: Iterator<Served>, endMs: number): boolean {
  for (let next = round.next(); next.done !== true; next = round.next()) {
    next.value.send()
    if (performance.now() >= endMs) return false
  }
  return true
}
