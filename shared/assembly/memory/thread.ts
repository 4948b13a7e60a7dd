/**
 * The thread's own place in the shared memory: scratch for arguments and results, and counters; and
 * what it may do there.
 */

import { SCRATCH_COUNTERS, SCRATCH_KERNEL, SCRATCH_STREAMS } from '../../src/layout/control'
import { ENV_OFFSET, WORKER_STRIDE, WORKERS_OFFSET } from '../../src/layout/memory-map'

// Worker-local: set once when the instance is bound to its thread.
let scratch: usize = 0
let ownIndex: u32 = 0
let environmentBase: usize = ENV_OFFSET
let isReadOnly: bool = false

/** Binds this instance to thread `index`; returns the address of its scratch. */
export function initThread(index: u32): usize {
  ownIndex = index
  scratch = <usize>index * WORKER_STRIDE + WORKERS_OFFSET
  return scratch
}

@inline
export function threadIndex(): u32 {
  return ownIndex
}

@inline
export function threadScratch(): usize {
  return scratch
}

/** The block as this thread's executions see it (layout/environment.ts). */
@inline
export function environment(): usize {
  return environmentBase
}

/** From now on this thread's executions see the block that is described at `base`. */
export function useEnvironment(base: usize): void {
  environmentBase = base
}

/**
 * From now on this thread adds neither locations nor values nor code to what all threads share:
 * calls could fill the state arena otherwise. What it needs beyond that is its own.
 */
export function becomeReadOnly(): void {
  isReadOnly = true
}

@inline
export function isReadOnlyThread(): bool {
  return isReadOnly
}

/** Adds one to a counter (COUNTER_*) of this thread; the host sums the threads' counters. */
@inline
export function count(counter: usize): void {
  const ptr = scratch + SCRATCH_COUNTERS + counter
  store<u32>(ptr, load<u32>(ptr) + 1)
}

/** Scratch of 3 KiB for a kernel of arithmetic or hashing; the next kernel may overwrite it. */
@inline
export function kernelScratch(): usize {
  return scratch + SCRATCH_KERNEL
}

/** Scratch of 4 KiB that no kernel touches. */
@inline
export function streamScratch(): usize {
  return scratch + SCRATCH_STREAMS
}
