/** Messages that are sent and not yet acknowledged: how many there may be, and the first that failed. */

export interface WindowLimits {
  readonly maxMessages: number
  readonly maxBytes: number
}

export class AckWindow {
  readonly #limits: WindowLimits
  readonly #onChange: () => void
  #messages = 0
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  /** `onChange` is called after each acknowledgement and failure. */
  constructor(limits: WindowLimits, onChange: () => void) {
    this.#limits = limits
    this.#onChange = onChange
  }

  /** One message always has room. */
  get hasRoom(): boolean {
    return this.#messages < this.#limits.maxMessages && this.#bytes < this.#limits.maxBytes
  }

  get isEmpty(): boolean {
    return this.#messages === 0
  }

  /** @throws what the first failed message failed with */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Takes a message of `bytes` bytes that is on its way; `onAck` is called when it has arrived. */
  add(bytes: number, arrival: Promise<void>, onAck: () => void): void {
    this.#messages++
    this.#bytes += bytes
    arrival
      .then(onAck)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        this.#messages--
        this.#bytes -= bytes
        this.#onChange()
      })
  }
}
