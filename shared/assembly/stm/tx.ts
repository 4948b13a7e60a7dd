/**
 * Transaction records: their address, state word and published execution. The state machine, each
 * arrow labelled with the function that takes it:
 *
 *   Ready(i) --tryIncarnate--> Executing(i) --finishExecution--> Executed(i)
 *   Executed(i) --commit--> Committed
 *   Executing(i) --addDependency--> Aborting(i) --resume--> Ready(i+1)
 *   Executing(0) --waitsForPredecessor--> Aborting(0)
 *   Executed(i) --tryValidationAbort--> Aborting(i) --finishAbort--> Ready(i+1)
 */

import { TX_STRIDE, TXS_OFFSET } from '../../src/layout/memory-map'
import {
  STATUS_BITS,
  STATUS_MASK,
  TX_EXECUTION,
  TX_FLAGS,
  TX_STATE,
} from '../../src/layout/records'
import { AtomicWord, atomicWord } from '../memory/atomic-word'

@inline
export function txRecord(txIndex: u32): usize {
  return <usize>txIndex * TX_STRIDE + TXS_OFFSET
}

@inline
export function stateOf(txIndex: u32): AtomicWord {
  return atomicWord(txRecord(txIndex) + TX_STATE)
}

@inline
export function stateWord(status: u32, incarnation: u32): u32 {
  return (incarnation << STATUS_BITS) | status
}

@inline
export function statusOf(state: u32): u32 {
  return state & STATUS_MASK
}

@inline
export function incarnationOf(state: u32): u32 {
  return state >> STATUS_BITS
}

@inline
export function flagsOf(txIndex: u32): AtomicWord {
  return atomicWord(txRecord(txIndex) + TX_FLAGS)
}

/** The newest finished execution of the transaction, or 0. Immutable once published. */
@inline
export function executionOf(txIndex: u32): usize {
  return <usize>atomicWord(txRecord(txIndex) + TX_EXECUTION).load()
}

@inline
export function publishExecution(txIndex: u32, execution: usize): void {
  atomicWord(txRecord(txIndex) + TX_EXECUTION).store(<u32>execution)
}
