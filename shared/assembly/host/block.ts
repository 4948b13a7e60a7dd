/**
 * The life of a block, as the host's main thread drives it: lock the gate, empty the tables,
 * unlock; append transactions while the workers run; when all are committed, lock again and fold
 * the block into the state.
 */

import {
  BLOB_GAS_USED,
  BLOCK_BLOB_GAS_LIMIT,
  BLOCK_CHUNKS,
  BLOCK_EPOCH,
  BLOCK_GAS_LIMIT,
  COMMIT_INDEX,
  COMMIT_TOKEN,
  COUNTERS_BYTES,
  CRITICAL_PATH,
  EDGE_COUNT,
  EXECUTION_INDEX,
  EXECUTION_LIMIT,
  GAS_USED,
  GATE,
  GATE_LOCKED,
  HALT,
  LOG_COUNT,
  READY_HEAD,
  READY_TAIL,
  RECOVERED_COUNT,
  RECOVERY_INDEX,
  SCHEDULE,
  SCRATCH_COUNTERS,
  SHRED_COUNT,
  TX_COUNT,
  VALIDATION_INDEX,
} from '../../src/layout/control'
import {
  BUCKET_COUNT,
  BUCKET_STRIDE,
  CONTROL_OFFSET,
  HOST_WORKER,
  READY_OFFSET,
  READY_STRIDE,
  RECIPIENT_COUNT,
  RECIPIENT_STRIDE,
  RECIPIENTS_OFFSET,
  TX_COUNT_MAX,
  TX_STRIDE,
  TXS_OFFSET,
  WORKER_STRIDE,
  WORKERS_OFFSET,
} from '../../src/layout/memory-map'
import {
  CELL_VALUE,
  EXECUTION_OUTCOME,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
  KIND_SLOT,
  LOCATION_BASE,
  LOCATION_BASE_EPOCH,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
  LOCATION_KIND,
  OUTCOME_INVALID,
  TX_FLAGS,
  TX_INPUT,
  TX_INPUT_BYTES,
  WRITE_BYTES,
  WRITE_CELL,
  WRITE_FOLDED,
  WRITE_LOCATION,
} from '../../src/layout/records'
import { allocateBlock } from '../memory/arena'
import { atomicWord } from '../memory/atomic-word'
import { publishedCursor } from '../memory/cursor'
import { wakeWaiters } from '../memory/wait-slot'
import { setBase } from '../stm/base'
import { commitIndex } from '../stm/commit'
import { noteStart, resetPolicy } from '../stm/policy'
import { executionLimit } from '../stm/scheduler'
import { resetSpeculation } from '../stm/speculation'
import { executionOf, txRecord } from '../stm/tx'
import { signalSenders, signalSteps } from '../stm/wakes'
import { beginState, clearStateTables } from './evict'
import { dropFedBlock, keepFedBlock } from '../trie/fed-block'
import { wordCopy } from '../u256/word'

/** Keeps all workers out; false while one is inside (the host tries again). */
export function lockGate(): bool {
  return atomicWord(CONTROL_OFFSET + GATE).replace(0, GATE_LOCKED)
}

export function unlockGate(): void {
  atomicWord(CONTROL_OFFSET + GATE).store(0)
  wakeWaiters(CONTROL_OFFSET + GATE)
}

/** Empties everything that belongs to a block. The gate is locked. */
export function resetBlock(schedule: u32, gasLimit: u64, blobGasLimit: u64): void {
  dropFedBlock()
  const used = load<u32>(CONTROL_OFFSET + TX_COUNT)
  memory.fill(TXS_OFFSET, 0, <usize>used * TX_STRIDE)
  memory.fill(READY_OFFSET, 0, <usize>used * READY_STRIDE)
  memory.fill(RECIPIENTS_OFFSET, 0, RECIPIENT_COUNT * RECIPIENT_STRIDE)
  clear(EXECUTION_INDEX)
  clear(VALIDATION_INDEX)
  clear(COMMIT_INDEX)
  clear(TX_COUNT)
  clear(RECOVERY_INDEX)
  clear(EXECUTION_LIMIT)
  clear(COMMIT_TOKEN)
  resetSpeculation()
  resetPolicy()
  clear(RECOVERED_COUNT)
  clear(READY_HEAD)
  clear(READY_TAIL)
  clear(BLOCK_CHUNKS)
  store<u64>(CONTROL_OFFSET + GAS_USED, 0)
  store<u64>(CONTROL_OFFSET + BLOB_GAS_USED, 0)
  clear(LOG_COUNT)
  clear(SHRED_COUNT)
  clear(HALT)
  clearCounters()
  clear(EDGE_COUNT)
  clear(CRITICAL_PATH)
  store<u32>(CONTROL_OFFSET + SCHEDULE, schedule)
  store<u64>(CONTROL_OFFSET + BLOCK_GAS_LIMIT, gasLimit)
  store<u64>(CONTROL_OFFSET + BLOCK_BLOB_GAS_LIMIT, blobGasLimit)
  atomicWord(CONTROL_OFFSET + BLOCK_EPOCH).add(1)
}

@inline
function clear(word: usize): void {
  atomicWord(word + CONTROL_OFFSET).store(0)
}

function clearCounters(): void {
  for (let worker: usize = 0; worker <= <usize>HOST_WORKER; worker++) {
    memory.fill(worker * WORKER_STRIDE + WORKERS_OFFSET + SCRATCH_COUNTERS, 0, COUNTERS_BYTES)
  }
}

/** Forgets all locations and code. The gate is locked; `resetBlock` comes next. */
export function dropState(): void {
  dropFedBlock()
  clearStateTables()
  beginState(0)
}

/** Room for the encoded transaction, which the host fills before it calls `appendTx`. */
export function allocateInput(bytes: u32): usize {
  return allocateBlock(bytes)
}

/** Adds a step, not yet visible to the workers (`publishTxs`); false when the table is full. */
export function appendTx(txIndex: u32, flags: u32, input: usize, bytes: u32): bool {
  if (txIndex >= <u32>TX_COUNT_MAX) return false
  const tx = txRecord(txIndex)
  store<u32>(tx, flags, TX_FLAGS)
  store<u32>(tx, <u32>input, TX_INPUT)
  store<u32>(tx, bytes, TX_INPUT_BYTES)
  return true
}

/** Shows the steps below `count` to the workers: their senders may be recovered. */
export function publishTxs(count: u32): void {
  const cursor = publishedCursor(CONTROL_OFFSET + TX_COUNT)
  const added = count - cursor.load()
  cursor.publish(count)
  signalSenders(added)
}

/** Lets the workers execute the steps below `count`. */
export function allowExecution(count: u32): void {
  const before = executionLimit().load()
  if (before == 0) noteStart()
  executionLimit().publish(count)
  signalSteps(count - before, commitIndex().load() < before)
}

/** Makes the block's writes the state before the next. Everything is committed, gate locked. */
export function applyBlock(): void {
  const end = commitIndex().load()
  for (let txIndex: u32 = 0; txIndex < end; txIndex++) {
    const execution = executionOf(txIndex)
    if (load<u32>(execution, EXECUTION_OUTCOME) != OUTCOME_INVALID) applyWrites(execution)
  }
  keepFedBlock()
}

function applyWrites(execution: usize): void {
  let write = <usize>load<u32>(execution, EXECUTION_WRITES)
  const end = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (; write < end; write += WRITE_BYTES) {
    const folded = load<u32>(write, WRITE_FOLDED)
    const cell = <usize>(folded != 0 ? folded : load<u32>(write, WRITE_CELL))
    setBase(load<u32>(write, WRITE_LOCATION), cell + CELL_VALUE)
  }
}
