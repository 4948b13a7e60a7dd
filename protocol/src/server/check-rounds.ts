/**
 * Looks at every subscriber once an interval, a few at a time: thousands of pings at once would hold up
 * everything else.
 */

const TICK_MS = 50

export interface Checked {
  checkAlive(): void
}

export class CheckRounds {
  readonly #checked: ReadonlySet<Checked>
  readonly #tickCount: number
  readonly #timer: NodeJS.Timeout
  #round: Iterator<Checked>
  #tick = 0
  #done = 0

  constructor(checked: ReadonlySet<Checked>, intervalMs: number) {
    this.#checked = checked
    this.#round = checked.values()
    this.#tickCount = Math.max(1, Math.round(intervalMs / TICK_MS))
    this.#timer = setInterval(() => this.#check(), intervalMs / this.#tickCount)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #check(): void {
    this.#tick++
    const due = Math.floor((this.#checked.size * this.#tick) / this.#tickCount)
    for (; this.#done < due; this.#done++) {
      const next = this.#round.next()
      if (next.done === true) break
      next.value.checkAlive()
    }
    if (this.#tick < this.#tickCount) return
    this.#round = this.#checked.values()
    this.#tick = 0
    this.#done = 0
  }
}
