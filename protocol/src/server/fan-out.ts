/**
 * Rounds over all subscribers after frames were published. A round is cut into slices, between which
 * the process does its other work; frames that come meanwhile are taken along, since a subscriber is
 * sent all that is due when its turn comes.
 */

/** So long may a round hold the process at a time, one subscriber's sending aside. */
const SLICE_MS = 2

export interface Served {
  /** Sends what is due. */
  send(): void
}

export class FanOut {
  readonly #served: ReadonlySet<Served>
  #round: Iterator<Served> | undefined
  #isDueAgain = false

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
    const endMs = performance.now() + SLICE_MS
    for (let next = round.next(); next.done !== true; next = round.next()) {
      next.value.send()
      if (performance.now() < endMs) continue
      setImmediate(() => this.#serve(round))
      return
    }
    this.#round = undefined
    if (this.#isDueAgain) {
      this.#isDueAgain = false
      this.wake()
    }
  }
}
