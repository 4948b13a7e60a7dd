/**
 * What the host's side of a worker calls while it executes a transaction. Arguments and results
 * that are larger than a number go through the thread's scratch (layout/control.ts).
 */

import {
  COUNTER_EXECUTIONS,
  SCHEDULE,
  SCHEDULE_DAG,
  SCRATCH_ADDRESS,
  SCRATCH_BLOCKING_TX,
  SCRATCH_BOUND,
  SCRATCH_KEY,
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
  readLocation,
  recordedReadCount,
  recordedReads,
} from '../stm/read-set'
import { lastBlockingTx } from '../stm/resolve'
import { addDependency, finishExecution } from '../stm/scheduler'
import { executionOf, incarnationOf, publishExecution, stateOf } from '../stm/tx'
import { setPendingValidation } from '../stm/worker'
import {
  beginWrites,
  publishWrites,
  stageAbsolute,
  stageDelta,
  stagedWriteCount,
  stagedWrites,
} from '../stm/write-set'

// Worker-local: the execution in progress.
let currentTx: u32 = 0
let currentIncarnation: u32 = 0

@inline
function isDag(): bool {
  return load<u32>(CONTROL_OFFSET + SCHEDULE) == SCHEDULE_DAG
}

/** Location of `kind` at the scratch's address and key. */
@inline
export function locateScratch(kind: u32): usize {
  return locate(kind, threadScratch() + SCRATCH_ADDRESS, threadScratch() + SCRATCH_KEY)
}

export function beginExecution(txIndex: u32): void {
  if (isDag()) beginReady(txIndex)
  currentTx = txIndex
  currentIncarnation = incarnationOf(stateOf(txIndex).load())
  count(COUNTER_EXECUTIONS)
  beginReads()
  beginWrites()
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
  stageDelta(locateScratch(kind), currentIncarnation, amount, scratch + SCRATCH_BOUND)
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
  const previous: usize = isDag() ? 0 : executionOf(currentTx)
  const execution = allocateBlock(EXECUTION_BYTES)
  store<u32>(execution, currentIncarnation, EXECUTION_INCARNATION)
  store<u32>(execution, outcome, EXECUTION_OUTCOME)
  store<u32>(execution, reason, EXECUTION_REASON)
  store<u32>(execution, logCount, EXECUTION_LOG_COUNT)
  store<u64>(execution, gasUsed, EXECUTION_GAS_USED)
  store<u32>(execution, <u32>output, EXECUTION_OUTPUT)
  store<u32>(execution, outputBytes, EXECUTION_OUTPUT_BYTES)
  store<u32>(execution, eager, EXECUTION_EAGER)
  store<u32>(execution, <u32>recordedReads(), EXECUTION_READS)
  store<u32>(execution, recordedReadCount(), EXECUTION_READ_COUNT)
  const wroteNewLocation = publishWrites(currentTx, currentIncarnation, previous)
  store<u32>(execution, <u32>stagedWrites(), EXECUTION_WRITES)
  store<u32>(execution, stagedWriteCount(), EXECUTION_WRITE_COUNT)
  publishExecution(currentTx, execution)
  if (isDag()) finishReady(currentTx)
  else if (finishExecution(currentTx, wroteNewLocation)) setPendingValidation(currentTx)
}
