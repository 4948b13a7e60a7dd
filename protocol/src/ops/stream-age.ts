/** How long ago the last message of a stream came, and whether that is too long. */

import type { Health } from './ops-server.ts'

export class StreamAge {
  readonly #staleAfterMs: () => number
  readonly #nowMs: () => number
  #lastMs: number | undefined

  constructor(staleAfterMs: () => number, nowMs: () => number = () => performance.now()) {
    this.#staleAfterMs = staleAfterMs
    this.#nowMs = nowMs
  }

  /** A message came. */
  note(): void {
    this.#lastMs = this.#nowMs()
  }

  /** Undefined before the first message. */
  get ageMs(): number | undefined {
    return this.#lastMs === undefined ? undefined : this.#nowMs() - this.#lastMs
  }

  /** `ok`, or what is wrong: `fault`, or the stream itself. */
  health(fault: string | undefined, fields: Readonly<Record<string, unknown>>): Health {
    const status = fault ?? this.#status
    const ageMs = this.ageMs === undefined ? null : Math.round(this.ageMs)
    return {
      isHealthy: status === 'ok',
      report: { status, ...fields, ageMs, staleAfterMs: this.#staleAfterMs() },
    }
  }

  get #status(): string {
    const { ageMs } = this
    if (ageMs === undefined) return 'starting'
    return ageMs > this.#staleAfterMs() ? 'stale' : 'ok'
  }
}
