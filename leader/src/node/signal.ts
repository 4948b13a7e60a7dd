/** What a block that is open waits for. */

import { setTimeout } from 'node:timers/promises'

export interface Signal {
  /** Resolves at the first `resolve`. */
  readonly fired: Promise<void>
  resolve(): void
}

export function createSignal(): Signal {
  let resolve = () => {}
  const fired = new Promise<void>((fire) => {
    resolve = fire
  })
  return { fired, resolve: () => resolve() }
}

/** Resolves after the time, or when the signal fires. */
export function elapsed(timeMs: number, signal: AbortSignal): Promise<void> {
  return setTimeout(timeMs, undefined, { signal }).catch(() => {})
}
