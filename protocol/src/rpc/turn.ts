/** Long work on the main thread, cut into turns: commits are taken and sent between them. */

import { setImmediate } from 'node:timers/promises'

/** So long may requests hold the process at a time, a single step of theirs aside. */
const TURN_MS = 2

/** To be awaited between two small steps of work; most of the time it does nothing. */
export function createTurns(nowMs = () => performance.now()): () => Promise<void> {
  let startedMs = nowMs()
  return async () => {
    if (nowMs() - startedMs < TURN_MS) return
    await setImmediate()
    startedMs = nowMs()
  }
}
