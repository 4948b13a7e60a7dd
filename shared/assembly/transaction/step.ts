/**
 * One step of a block, from its beginning to its published execution: the block's opening or
 * closing work, or a transaction. What `src/engine/reference-runner.ts` is for the reference
 * engine.
 */

import {
  HALT_SYSTEM_CALL_FAILED,
  SCHEDULE,
  SCHEDULE_BLOCK_STM,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  FLAG_CLOSING,
  FLAG_EAGER,
  FLAG_OPENING,
  OUTCOME_FAILURE,
  OUTCOME_INVALID,
  OUTCOME_SUCCESS,
  OUTCOME_UNDECLARED_READ,
  SENDER_INVALID,
  SENDER_UNKNOWN,
  TX_MESSAGE,
  TX_SENDER,
  TX_SENDER_STATE,
} from '../../src/layout/records'
import {
  REASON_INSUFFICIENT_FUNDS,
  REASON_INVALID_SIGNATURE,
  REASON_MALFORMED,
} from '../../src/layout/reasons'
import { beginExecution, blockOn, finish } from '../host/execution'
import { encodedLogBytes, encodeLogs, logCount } from '../journal/logs'
import {
  beginState,
  hasStopped,
  rewind,
  stageState,
  STOPPED_BY_ESTIMATE,
  STOPPED_BY_FUNDS,
  stoppedBy,
  stoppedCause,
} from '../journal/state'
import { atomicWord } from '../memory/atomic-word'
import { halt } from '../memory/halt'
import { flagsOf, txRecord } from '../stm/tx'
import { beginWrites } from '../stm/write-set'
import { hasSucceeded, runTransaction, settledGas } from './execution'
import { encodedRequestBytes, encodedRequests, runSystemWork } from './system-work'
import { checkGasLeft, VALID } from './validity'

/** The step is published, or suspended behind a lower one. */
const STEP_DONE: i32 = 0
/** Its sender is not known yet: the host settles it, and then the step is executed. */
const STEP_UNSETTLED: i32 = 1

/**
 * Executes the step until it is published, or suspended behind a lower one. A call into the host
 * may unwind it with an exception; it is then executed from its beginning.
 */
export function executeStep(txIndex: u32): i32 {
  const flags = flagsOf(txIndex).load()
  if (!isSystemStep(flags) && senderStateOf(txIndex) == SENDER_UNKNOWN) return STEP_UNSETTLED
  const isEager = (flags & FLAG_EAGER) != 0
  while (true) {
    beginExecution(txIndex)
    beginState(txIndex, isEager)
    let reason = run(txIndex, flags, isEager)
    if (reason != VALID && !isEager && !isBlocked()) {
      // Nonce and funds come before most other reasons, so that the first one shows only eagerly.
      beginWrites()
      rewind()
      reason = run(txIndex, flags, true)
    }
    if (!isBlocked()) {
      publish(txIndex, flags, reason, isEager)
      return STEP_DONE
    }
    if (isSuspended(stoppedBy())) return STEP_DONE
  }
}

@inline
function isSystemStep(flags: u32): bool {
  return (flags & (FLAG_OPENING | FLAG_CLOSING)) != 0
}

@inline
function senderStateOf(txIndex: u32): u32 {
  return atomicWord(txRecord(txIndex) + TX_SENDER_STATE).load()
}

@inline
function isSpeculative(): bool {
  return load<u32>(CONTROL_OFFSET + SCHEDULE) == SCHEDULE_BLOCK_STM
}

/** Whether a lower transaction is about to write what the execution needs. */
@inline
function isBlocked(): bool {
  return stoppedCause() == STOPPED_BY_ESTIMATE
}

/** VALID, and all writes staged, or a REASON_*; unless it is blocked. */
function run(txIndex: u32, flags: u32, isEager: bool): i32 {
  const reason = isSystemStep(flags) ? runSystemStep(flags) : runSigned(txIndex, isEager)
  if (reason == VALID && !hasStopped()) stageState()
  return stoppedCause() == STOPPED_BY_FUNDS ? REASON_INSUFFICIENT_FUNDS : reason
}

@inline
function runSystemStep(flags: u32): i32 {
  return runSystemWork(flags) ? VALID : REASON_MALFORMED
}

function runSigned(txIndex: u32, isEager: bool): i32 {
  const message = <usize>atomicWord(txRecord(txIndex) + TX_MESSAGE).load()
  if (message == 0) return REASON_MALFORMED
  if (senderStateOf(txIndex) == SENDER_INVALID) return REASON_INVALID_SIGNATURE
  const reason = checkGasLeft(message, isEager)
  if (reason != VALID) return reason
  return runTransaction(message, txRecord(txIndex) + TX_SENDER, isEager)
}

/** False when the transaction it waits for has finished and it may run again at once. */
function isSuspended(blockingTx: u32): bool {
  if (isSpeculative()) return blockOn(blockingTx)
  // Every step has what it declares to read before it runs: this read was not declared.
  beginWrites()
  finish(OUTCOME_UNDECLARED_READ, blockingTx, 0, 0, 0, 0, 0)
  return true
}

function publish(txIndex: u32, flags: u32, reason: i32, isEager: bool): void {
  const eager = u32(isEager)
  if (reason != VALID) {
    // On values that turn out to be stale even system work may fail; it is then executed again.
    const isCertain = isEager || !isSpeculative()
    if (isSystemStep(flags) && isCertain) halt(HALT_SYSTEM_CALL_FAILED, txIndex)
    beginWrites()
    finish(OUTCOME_INVALID, <u32>reason, 0, 0, 0, 0, eager)
    return
  }
  if (isSystemStep(flags)) {
    finish(OUTCOME_SUCCESS, 0, 0, 0, encodedRequests(), encodedRequestBytes(), eager)
    return
  }
  const logs = encodeLogs()
  const outcome: u32 = hasSucceeded() ? OUTCOME_SUCCESS : OUTCOME_FAILURE
  finish(outcome, 0, logCount(), settledGas(), logs, encodedLogBytes(), eager)
}
