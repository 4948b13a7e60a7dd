/**
 * What the host's side of a worker calls while it executes a transaction. Arguments and results
 * that are larger than a number go through the thread's scratch (layout/control.ts).
 */

import {
  COUNTER_EXECUTIONS,
  SCHEDULE,
  SCHEDULE_BLOCK_STM,
  SCRATCH_ADDRESS,
  SCRATCH_BLOCKING_TX,
  SCRATCH_BOUND,
  SCRATCH_KEY,
  SCRATCH_LIMIT,
  SCRATCH_VALUE,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  EXECUTION_BYTES,
  EXECUTION_EAGER,
  EXECUTION_GAS_USED,
  EXECUTION_INCARNATION,
  EXECUTION_LOG_COUNT,
  EXECUTION_OUTCOME,
  EXECUTION_OUTPUT,
  EXECUTION_OUTPUT_BYTES,
  EXECUTION_READ_COUNT,
  EXECUTION_READS,
  EXECUTION_REASON,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
} from '../../src/layout/records'
import { beginReady, finishReady } from '../dag/graph'
import { allocateBlock } from '../memory/arena'
import { count, threadScratch } from '../memory/thread'
import { locate } from '../stm/location'
import {
  beginReads,
  expectValue,
  keptReads,
  readLocation,
  recordedReadCount,
} from '../stm/read-set'
import { lastBlockingTx } from '../stm/resolve'
import { addDependency, finishExecution, setPendingValidation } from '../stm/scheduler'
import { executionOf, incarnationOf, publishExecution, stateOf } from '../stm/tx'
import { wordFill } from '../u256/word'
import {
  beginWrites,
  keptWrites,
  publishWrites,
  stageAbsolute,
  stageDelta,
  stagedWriteCount,
} from '../stm/write-set'

// Worker-local: the execution in progress.
let currentTx: u32 = 0
let currentIncarnation: u32 = 0

@inline
function isDeclared(): bool {
  return load<u32>(CONTROL_OFFSET + SCHEDULE) != SCHEDULE_BLOCK_STM
}

/** Location of `kind` at the scratch's address and key. */
@inline
export function locateScratch(kind: u32): usize {
  return locate(kind, threadScratch() + SCRATCH_ADDRESS, threadScratch() + SCRATCH_KEY)
}

export function beginExecution(txIndex: u32): void {
  if (isDeclared()) beginReady(txIndex)
  currentTx = txIndex
  currentIncarnation = incarnationOf(stateOf(txIndex).load())
  count(COUNTER_EXECUTIONS)
  beginReads()
  beginWrites()
}

/** The step that this thread executes, or executed last. */
export function executingStep(): u32 {
  return currentTx
}

/** Reads and records; false: an ESTIMATE is in the way, its writer is in the scratch. */
export function read(kind: u32): bool {
  const scratch = threadScratch()
  if (readLocation(locateScratch(kind), currentTx, scratch + SCRATCH_VALUE)) return true
  store<u32>(scratch, lastBlockingTx(), SCRATCH_BLOCKING_TX)
  return false
}

export function expect(kind: u32): void {
  expectValue(locateScratch(kind), threadScratch() + SCRATCH_VALUE)
}

export function writeAbsolute(kind: u32): void {
  stageAbsolute(locateScratch(kind), currentIncarnation, threadScratch() + SCRATCH_VALUE)
}

export function writeDelta(kind: u32): void {
  const scratch = threadScratch()
  const amount = scratch + SCRATCH_VALUE
  const bound = scratch + SCRATCH_BOUND
  wordFill(scratch + SCRATCH_LIMIT)
  stageDelta(locateScratch(kind), currentIncarnation, amount, bound, scratch + SCRATCH_LIMIT)
}

/** The execution read an ESTIMATE; true when it is suspended, false when it may run at once. */
export function blockOn(blockingTx: u32): bool {
  return addDependency(currentTx, blockingTx)
}

/** Publishes the execution in progress. */
export function finish(
  outcome: u32,
  reason: u32,
  logCount: u32,
  gasUsed: u64,
  output: usize,
  outputBytes: u32,
  eager: u32,
): void {
  const previous: usize = isDeclared() ? 0 : executionOf(currentTx)
  const execution = allocateBlock(EXECUTION_BYTES)
  store<u32>(execution, currentIncarnation, EXECUTION_INCARNATION)
  store<u32>(execution, outcome, EXECUTION_OUTCOME)
  store<u32>(execution, reason, EXECUTION_REASON)
  store<u32>(execution, logCount, EXECUTION_LOG_COUNT)
  store<u64>(execution, gasUsed, EXECUTION_GAS_USED)
  store<u32>(execution, <u32>output, EXECUTION_OUTPUT)
  store<u32>(execution, outputBytes, EXECUTION_OUTPUT_BYTES)
  store<u32>(execution, eager, EXECUTION_EAGER)
  store<u32>(execution, <u32>keptReads(), EXECUTION_READS)
  store<u32>(execution, recordedReadCount(), EXECUTION_READ_COUNT)
  store<u32>(execution, <u32>keptWrites(), EXECUTION_WRITES)
  store<u32>(execution, stagedWriteCount(), EXECUTION_WRITE_COUNT)
  const wroteNewLocation = publishWrites(currentTx, execution, previous)
  publishExecution(currentTx, execution)
  if (isDeclared()) finishReady(currentTx)
  else if (finishExecution(currentTx, wroteNewLocation)) setPendingValidation(currentTx)
}
