/**
 * The collaborative scheduler of Block-STM (arXiv 2203.06871, algorithms 4 and 5), open-ended and
 * without locks. Two cursors run over the transactions: one hands out executions, one validations,
 * and whoever finds that lower work must be repeated rewinds them. A transaction that read an
 * ESTIMATE hangs itself on the list of the transaction it waits for and is made ready when that one
 * finishes. Validations made here only find conflicts early: the check that counts is made at
 * commit (commit.ts), when everything below is final.
 */

import {
  COMMIT_INDEX,
  COUNTER_ABORTS,
  COUNTER_ESTIMATE_READS,
  COUNTER_VALIDATIONS,
  COUNTER_WAITS,
  BLOCK_EPOCH,
  EXECUTION_INDEX,
  EXECUTION_LIMIT,
  VALIDATION_INDEX,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  FLAG_WAITED,
  STATUS_ABORTING,
  STATUS_COMMITTED,
  STATUS_EXECUTED,
  STATUS_EXECUTING,
  STATUS_READY,
  TX_DEPENDENTS,
  TX_NEXT_DEPENDENT,
  TX_PREDECESSOR,
} from '../../src/layout/records'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import {
  PublishedCursor,
  publishedCursor,
  RewindableCursor,
  rewindableCursor,
} from '../memory/cursor'
import { count } from '../memory/thread'
import { hasSleepers, wakeAll, wakeFirst, wakeOne } from '../memory/work-slots'
import { validateReads } from './read-set'
import { likelyPredecessor, noteConflict } from './recipients'
import { isAlert, mayRunAhead, raiseAlert, speculationLimit, validateAhead } from './speculation'
import {
  executionOf,
  flagsOf,
  incarnationOf,
  stateOf,
  stateWord,
  statusOf,
  txRecord,
} from './tx'
import { convertWritesToEstimates } from './write-set'

@inline
function executionIndex(): RewindableCursor {
  return rewindableCursor(CONTROL_OFFSET + EXECUTION_INDEX)
}

@inline
function validationIndex(): RewindableCursor {
  return rewindableCursor(CONTROL_OFFSET + VALIDATION_INDEX)
}

@inline
export function executionLimit(): PublishedCursor {
  return publishedCursor(CONTROL_OFFSET + EXECUTION_LIMIT)
}

/**
 * Fewer tasks than this are not worth another thread: a worker that another one wakes may be put
 * on the same core, and then each waits for the other's time slice (4 ms were seen).
 */
const PASS_ON_MIN: u32 = 6

/** Steps that one worker executes alone: four transactions between the system steps. */
const ALONE_MAX: u32 = 6

/** Wakes workers for `added` senders to recover: all of them, or one for a few. */
export function signalSenders(added: u32): void {
  if (added > ALONE_MAX) wakeAll()
  else wakeFirst()
}

/** The same for steps to execute; a few of them find another worker while steps below run. */
export function signalSteps(added: u32, isRunning: bool): void {
  if (added > ALONE_MAX) wakeAll()
  else if (isRunning) wakeOne()
  else wakeFirst()
}

/** Wakes another worker when enough tasks are left over. */
@inline
export function passOn(waiting: u32): void {
  if (waiting >= PASS_ON_MIN && hasSleepers()) wakeOne()
}

/** Claims the lowest transaction that is ready to execute, or -1; it is then Executing. */
export function claimExecution(): i32 {
  while (true) {
    const limit = speculationLimit(executionIndex().load(), executionLimit().load())
    const txIndex = executionIndex().claimBefore(limit)
    if (txIndex < 0) return -1
    if (!tryIncarnate(txIndex) || waitsForPredecessor(txIndex)) continue
    passOn(limit - txIndex - 1)
    return txIndex
  }
}

// Worker-local: the transaction to validate first, because this thread has just executed it.
let pendingValidation: i32 = -1

/** Makes `txIndex` what this thread validates next; the validation cursor has passed it. */
@inline
export function setPendingValidation(txIndex: i32): void {
  pendingValidation = txIndex
}

/** Claims the lowest transaction near the commits that is executed and not yet validated, or -1. */
export function claimValidation(): i32 {
  if (!isAlert()) return -1
  if (pendingValidation >= 0) {
    const txIndex = pendingValidation
    pendingValidation = -1
    return txIndex
  }
  while (true) {
    const ahead = publishedCursor(CONTROL_OFFSET + COMMIT_INDEX).load() + validateAhead()
    const txIndex = validationIndex().claimBefore(min(ahead, executionIndex().load()))
    if (txIndex < 0) return -1
    if (statusOf(stateOf(txIndex).load()) == STATUS_EXECUTED) return txIndex
  }
}

/**
 * The first incarnation of a transaction that is expected to read what a lower one writes is not
 * begun before that one has finished. True when it was suspended instead; a wrong expectation costs
 * time, never a result.
 */
function waitsForPredecessor(txIndex: u32): bool {
  if (incarnationOf(stateOf(txIndex).load()) != 0) return false
  const likely = likelyPredecessor(txIndex)
  let predecessor = load<u32>(txRecord(txIndex), TX_PREDECESSOR)
  if (predecessor == 0 && likely != 0) {
    predecessor = likely
    store<u32>(txRecord(txIndex), likely, TX_PREDECESSOR)
  }
  if (predecessor == 0 || isFinished(predecessor - 1)) return false
  count(COUNTER_WAITS)
  flagsOf(txIndex).setBits(FLAG_WAITED)
  return suspend(txIndex, predecessor - 1)
}

function tryIncarnate(txIndex: u32): bool {
  const word = stateOf(txIndex)
  const state = word.load()
  if (statusOf(state) != STATUS_READY) return false
  return word.replace(state, stateWord(STATUS_EXECUTING, incarnationOf(state)))
}

/**
 * Suspends the execution of `txIndex` until `blockingTx` has finished its own. False when that has
 * happened in the meantime: the caller executes again at once, in the same incarnation.
 */
export function addDependency(txIndex: u32, blockingTx: u32): bool {
  count(COUNTER_ESTIMATE_READS)
  if (isFinished(blockingTx)) return false
  count(COUNTER_ABORTS)
  noteAbort(txIndex)
  return suspend(txIndex, blockingTx)
}

function noteAbort(txIndex: u32): void {
  if (incarnationOf(stateOf(txIndex).load()) == 0) noteConflict(txIndex)
}

/** Hangs an executing transaction on the list of `blockingTx`; always true. */
function suspend(txIndex: u32, blockingTx: u32): bool {
  const word = stateOf(txIndex)
  word.store(stateWord(STATUS_ABORTING, incarnationOf(word.load())))
  const head = dependentsOf(blockingTx)
  while (true) {
    const first = head.load()
    store<u32>(txRecord(txIndex), first, TX_NEXT_DEPENDENT)
    if (head.replace(first, txIndex + 1)) break
  }
  // The blocking transaction may have finished between the check and the push, and emptied its list
  // before this entry was on it. Emptying is an exchange, so each entry is resumed exactly once.
  if (isFinished(blockingTx)) resumeDependents(blockingTx)
  return true
}

@inline
function dependentsOf(txIndex: u32): AtomicWord {
  return atomicWord(txRecord(txIndex) + TX_DEPENDENTS)
}

function isFinished(txIndex: u32): bool {
  const status = statusOf(stateOf(txIndex).load())
  return status == STATUS_EXECUTED || status == STATUS_COMMITTED
}

// Worker-local: a step that waited for one this thread has finished, and is executed here next, on
// caches that hold what it needs; and the block it belongs to.
let keptStep: i32 = -1
let keptEpoch: u32 = 0

/** The step that this thread has kept for itself, Executing, or -1. */
export function claimKept(): i32 {
  if (keptStep < 0) return -1
  const txIndex = keptStep
  keptStep = -1
  return keptEpoch == load<u32>(CONTROL_OFFSET + BLOCK_EPOCH) ? txIndex : -1
}

/**
 * Makes everything that waits for `txIndex` ready for its next incarnation, and keeps the lowest of
 * it for this thread: a chain of transactions stays with one worker and wakes nobody.
 */
function resumeDependents(txIndex: u32): void {
  let next = dependentsOf(txIndex).exchange(0)
  if (next == 0) return
  let lowest = u32.MAX_VALUE
  let others = u32.MAX_VALUE
  while (next != 0) {
    const dependent = next - 1
    next = load<u32>(txRecord(dependent), TX_NEXT_DEPENDENT)
    others = min(others, max(lowest, dependent))
    lowest = min(lowest, dependent)
    makeReady(dependent)
  }
  if (!keep(lowest)) others = lowest
  if (others == u32.MAX_VALUE) return
  executionIndex().rewind(others)
  wakeOne()
}

/** False when this thread has one already, or another was faster. */
function keep(txIndex: u32): bool {
  const epoch = load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  if (keptStep >= 0 && keptEpoch == epoch) return false
  if (!tryIncarnate(txIndex)) return true
  keptStep = txIndex
  keptEpoch = epoch
  return true
}

function makeReady(txIndex: u32): void {
  const word = stateOf(txIndex)
  const state = word.load()
  assert(statusOf(state) == STATUS_ABORTING, 'only an aborting transaction becomes ready')
  word.store(stateWord(STATUS_READY, incarnationOf(state) + 1))
}

/**
 * Ends the execution of `txIndex`, whose writes are in multi-version memory. Returns true when the
 * caller should validate it: the validation cursor has already passed.
 */
export function finishExecution(txIndex: u32, wroteNewLocation: bool): bool {
  const word = stateOf(txIndex)
  word.store(stateWord(STATUS_EXECUTED, incarnationOf(word.load())))
  resumeDependents(txIndex)
  if (!isAlert()) return false
  if (validationIndex().load() <= txIndex) return false
  if (!wroteNewLocation) return true
  validationIndex().rewind(txIndex)
  return false
}

/**
 * Checks the read set of an executed transaction and aborts it when it does not hold. Returns true
 * when it was aborted and the caller has claimed its next incarnation.
 */
export function validate(txIndex: u32, scratch: usize): bool {
  const state = stateOf(txIndex).load()
  if (statusOf(state) != STATUS_EXECUTED) return false
  count(COUNTER_VALIDATIONS)
  if (validateReads(executionOf(txIndex), txIndex, scratch)) return false
  return tryValidationAbort(txIndex, state) && finishAbort(txIndex)
}

/** Of several validators that fail the same incarnation, one wins. */
export function tryValidationAbort(txIndex: u32, executed: u32): bool {
  return stateOf(txIndex).replace(executed, stateWord(STATUS_ABORTING, incarnationOf(executed)))
}

/** Completes an abort; true when the caller has claimed the next incarnation. */
export function finishAbort(txIndex: u32): bool {
  count(COUNTER_ABORTS)
  raiseAlert()
  noteAbort(txIndex)
  convertWritesToEstimates(executionOf(txIndex))
  makeReady(txIndex)
  validationIndex().rewind(txIndex + 1)
  if (mayRunAhead()) wakeOne()
  if (executionIndex().load() > txIndex) return tryIncarnate(txIndex)
  return false
}
