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

/** Resolves after the time, or when the signal fires. */
export function elapsed(timeMs: number, signal: AbortSignal): Promise<void> {
  return setTimeout(timeMs, undefined, { signal }).catch(() => {})
}
