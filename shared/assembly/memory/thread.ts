/** The thread's own place in the shared memory: scratch for arguments and results, and counters. */

import { SCRATCH_COUNTERS } from '../../src/layout/control'
import { WORKER_STRIDE, WORKERS_OFFSET } from '../../src/layout/memory-map'

// Worker-local: set once when the instance is bound to its thread.
let scratch: usize = 0

/** Binds this instance to thread `index`; returns the address of its scratch. */
export function initThread(index: u32): usize {
  scratch = <usize>index * WORKER_STRIDE + WORKERS_OFFSET
  return scratch
}

@inline
export function threadScratch(): usize {
  return scratch
}

/** Adds one to a counter (COUNTER_*) of this thread; the host sums the threads' counters. */
@inline
export function count(counter: usize): void {
  const ptr = scratch + SCRATCH_COUNTERS + counter
  store<u32>(ptr, load<u32>(ptr) + 1)
}
