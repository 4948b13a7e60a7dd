/**
 * The execution in progress and its way to multi-version memory. A read that cannot be answered
 * stops the execution: from then on every read answers zero, records nothing and is not kept, and
 * whoever runs unwinds as soon as `hasStopped` says so. What is changed meanwhile does not matter,
 * because a stopped execution is dropped or rewound.
 */

import { SCHEDULE, SCHEDULE_BLOCK_STM } from '../../src/layout/control'
import { ENV_REVISION, REVISION_SPURIOUS_DRAGON } from '../../src/layout/environment'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { environment } from '../memory/thread'
import { expectValue, readLocation } from '../stm/read-set'
import { lastBlockingTx } from '../stm/resolve'
import { incarnationOf, stateOf } from '../stm/tx'
import { wordClear } from '../u256/word'

const RUNNING: u32 = 0
/** A lower transaction is about to write what was read; `stoppedBy` says which. */
export const STOPPED_BY_ESTIMATE: u32 = 1
/** A balance is below what the execution counted on: `rewind`, and execute eagerly. */
export const STOPPED_BY_FUNDS: u32 = 2

// Worker-local: the execution in progress.
let txIndex: u32 = 0
let incarnation: u32 = 0
let isEager: bool = false
let isDeclared: bool = false
let deletesEmpty: bool = false
let cause: u32 = RUNNING
let blockingTx: u32 = 0

export function beginAccess(tx: u32, eager: bool): void {
  txIndex = tx
  incarnation = incarnationOf(stateOf(tx).load())
  isEager = eager
  isDeclared = load<u32>(CONTROL_OFFSET + SCHEDULE) != SCHEDULE_BLOCK_STM
  deletesEmpty = load<i32>(environment() + ENV_REVISION) >= REVISION_SPURIOUS_DRAGON
  cause = RUNNING
}

/** Forgets why the execution stopped; what comes is eager. */
export function resumeEagerly(): void {
  isEager = true
  cause = RUNNING
}

@inline
export function currentTx(): u32 {
  return txIndex
}

@inline
export function currentIncarnation(): u32 {
  return incarnation
}

/** Whether the execution reads what it could assume. */
@inline
export function readsEagerly(): bool {
  return isEager
}

/** Whether what the transaction writes was declared beforehand (follower). */
@inline
export function hasDeclaredWrites(): bool {
  return isDeclared
}

/** EIP-161: empty accounts do not exist, and are deleted when touched. */
@inline
export function deletesEmptyAccounts(): bool {
  return deletesEmpty
}

@inline
export function hasStopped(): bool {
  return cause != RUNNING
}

/** STOPPED_BY_*, if the execution has stopped. */
@inline
export function stoppedCause(): u32 {
  return cause
}

/** The transaction whose ESTIMATE stopped the execution. */
@inline
export function stoppedBy(): u32 {
  return blockingTx
}

export function stopForFunds(): void {
  if (cause == RUNNING) cause = STOPPED_BY_FUNDS
}

/** Reads `location` into `out` and records it; false, and zero: the execution has stopped. */
export function readBase(location: usize, out: usize): bool {
  if (cause == RUNNING) {
    if (readLocation(location, txIndex, out)) return true
    cause = STOPPED_BY_ESTIMATE
    blockingTx = lastBlockingTx()
  }
  wordClear(out)
  return false
}

/** What was guessed is not so, although what was in the way of reading it is gone: start over. */
export function stopToRepeat(finishedTx: u32): void {
  if (cause != RUNNING) return
  cause = STOPPED_BY_ESTIMATE
  blockingTx = finishedTx
}

/** Counts on `location` having `value` before the execution, without reading it. */
@inline
export function expectBase(location: usize, value: usize): void {
  expectValue(location, value)
}
