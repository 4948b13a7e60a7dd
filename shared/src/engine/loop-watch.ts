/**
 * Tells the core now and then how late the event loop of the main thread is and how much memory the
 * process has: what a scheduler inside the core cannot see.
 */

import { EVENT_LOOP_DELAY_MS, PROCESS_MIB } from '../layout/control.ts'
import { CONTROL_OFFSET } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'

const INTERVAL_MS = 100
const BYTES_PER_MIB = 2 ** 20

/** Watches until the returned function is called; keeps no process alive. */
export function watchLoop(host: CoreThread): () => void {
  const setWord = (offset: number, value: number) => {
    Atomics.store(host.words, (CONTROL_OFFSET + offset) >> 2, value)
  }
  let dueMs = performance.now() + INTERVAL_MS
  const timer = setInterval(() => {
    const nowMs = performance.now()
    setWord(EVENT_LOOP_DELAY_MS, Math.max(0, Math.round(nowMs - dueMs)))
    setWord(PROCESS_MIB, Math.round(process.memoryUsage.rss() / BYTES_PER_MIB))
    dueMs = nowMs + INTERVAL_MS
  }, INTERVAL_MS)
  timer.unref()
  return () => clearInterval(timer)
}
