/**
 * Transactions of the follower's DAG whose predecessors are all done. Each transaction enters once,
 * so the queue is an array as long as the block and never wraps.
 */

import { READY_HEAD, READY_TAIL } from '../../src/layout/control'
import { CONTROL_OFFSET, READY_OFFSET, READY_STRIDE } from '../../src/layout/memory-map'
import { atomicWord } from '../memory/atomic-word'
import { rewindableCursor } from '../memory/cursor'

export function pushReady(txIndex: u32): void {
  const place = atomicWord(CONTROL_OFFSET + READY_TAIL).add(1)
  atomicWord(<usize>place * READY_STRIDE + READY_OFFSET).store(txIndex + 1)
}

/** The next ready transaction, or -1. */
export function claimReady(): i32 {
  const tail = atomicWord(CONTROL_OFFSET + READY_TAIL).load()
  const place = rewindableCursor(CONTROL_OFFSET + READY_HEAD).claimBefore(tail)
  if (place < 0) return -1
  const word = atomicWord(<usize>place * READY_STRIDE + READY_OFFSET)
  // The place was taken before its content was stored: a few instructions of another thread.
  while (true) {
    const stored = word.load()
    if (stored != 0) return <i32>(stored - 1)
  }
}
