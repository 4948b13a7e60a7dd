/** A time by which something must be heard; hearing it costs no timer. */

/** `onPassed` is called once, when for `lengthMs` nobody called `refresh`. */
export class Deadline {
  readonly #lengthMs: number
  readonly #onPassed: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #heardMs = performance.now()

  constructor(lengthMs: number, onPassed: () => void) {
    this.#lengthMs = lengthMs
    this.#onPassed = onPassed
    this.#wait(lengthMs)
  }

  refresh(): void {
    this.#heardMs = performance.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** After `stop`. */
  restart(): void {
    this.stop()
    this.refresh()
    this.#wait(this.#lengthMs)
  }

  #wait(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#heardMs + this.#lengthMs - performance.now()
      if (leftMs > 0) this.#wait(leftMs)
      else this.#onPassed()
    }, delayMs)
  }
}
