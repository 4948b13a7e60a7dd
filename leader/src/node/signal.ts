/** What a block that is open waits for. */

import { setTimeout } from 'node:timers/promises'

export interface Signal {
  /** Resolves at the first `resolve`. */
  readonly fired: Promise<void>
  readonly isFired: boolean
  resolve(): void
}

export function createSignal(): Signal {
  let isFired = false
  let resolve = () => {}
  const fired = new Promise<void>((fire) => {
    resolve = fire
  })
  return {
    fired,
    get isFired() {
      return isFired
    },
    resolve() {
      isFired = true
      resolve()
    },
  }
}

/** Resolves after the time, or when the signal fires; without a time only then. */
export function elapsed(timeMs: number | undefined, signal: AbortSignal): Promise<void> {
  if (timeMs === undefined) {
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
  }
  return setTimeout(timeMs, undefined, { signal }).catch(() => {})
}
