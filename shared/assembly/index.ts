/** What the core exports to the host; see shared/README.md for the two sides and their threads. */

import {
  HOST_SLOT,
  RECOVERED_COUNT,
  SCHEDULE,
  SCHEDULE_SEEDED,
  SCRATCH_ADDRESS,
  SCRATCH_BOUND,
  SCRATCH_KEY,
  SCRATCH_VALUE,
  TX_COUNT,
} from '../src/layout/control'
import { CONTROL_OFFSET } from '../src/layout/memory-map'
import {
  SENDER_UNKNOWN,
  TX_BLOB_GAS,
  TX_GAS_LIMIT,
  TX_SENDER_STATE,
} from '../src/layout/records'
import {
  declareRead as declareReadAt,
  declareWrite as declareWriteAt,
  seedWrite,
} from './dag/graph'
import { locateScratch } from './host/execution'
import {
  overrideCode as overrideCodeAt,
  overrideValue as overrideValueAt,
} from './journal/override'
import { atomicWord } from './memory/atomic-word'
import { publishedCursor } from './memory/cursor'
import { requestHalt } from './memory/halt'
import { threadScratch } from './memory/thread'
import { waitSlot } from './memory/wait-slot'
import { setBase as setBaseAt } from './stm/base'
import { resolveBase } from './stm/resolve'
import { txRecord } from './stm/tx'
import { absoluteCell, claimedCell } from './stm/version'
import { nextTask as nextTaskOf, pollTask as pollTaskOf } from './stm/worker'

export { declareBegin, declareEnd } from './dag/graph'
export {
  allocateInput,
  allowExecution,
  appendTx,
  applyBlock,
  dropState,
  lockGate,
  publishTxs,
  resetBlock,
  unlockGate,
} from './host/block'
export { evictState } from './host/evict'
export { allocateCode, findCode, publishCode } from './host/code'
export { readCommitted } from './host/committed'
export {
  beginExecution,
  blockOn,
  executingStep,
  expect,
  finish,
  read,
  writeAbsolute,
  writeDelta,
} from './host/execution'
export { allocateBlock as allocateOutput } from './memory/arena'
export { useLargeHeap } from './memory/heap'
export { enterGate, leaveGate } from './stm/worker'
export { allocateCall, becomeCallThread, beginCall, executeCall } from './transaction/call'
export { executeStep } from './transaction/step'
export { initThread } from './memory/thread'
export { beginFedBlock, hasFed } from './trie/fed-block'
export { clearMissing, missingCountOf } from './trie/missing'
export { accountLeaf, proveAccount, proveSlot, slotLeaf } from './trie/proof'
export { prune as pruneTrie, trieBytes } from './trie/prune'
export { resetTrie } from './trie/reset'
export { open as openTrie, reveal } from './trie/reveal'
export { publishStaged, resetStage, stage } from './trie/stage'
export {
  beginRoot,
  endHelp,
  finishRoot,
  helpUntilExit,
  isIdle as isRootDone,
  pauseAhead,
  resumeAhead,
  runTask as trieTask,
} from './trie/tasks'
export { beginWriteOut, endWriteOut, writeLane, writeTop } from './trie/write-out'

// The words behind the arguments and results serve the core itself while it runs in this thread.
const CORE_SCRATCH: usize = 256

export function nextTask(isInside: bool): i32 {
  return nextTaskOf(isInside, threadScratch() + CORE_SCRATCH)
}

/** One look of a worker, for simulated schedules: a task, -1, or -2 when it did one itself. */
export function pollTask(): i32 {
  return pollTaskOf(threadScratch() + CORE_SCRATCH)
}

/**
 * A worker has decoded one transaction and settled its sender; `gasLimit` and `blobGas` count
 * against the block's when it commits.
 */
export function senderSettled(txIndex: u32, state: u32, gasLimit: u64, blobGas: u32): void {
  const tx = txRecord(txIndex)
  store<u64>(tx, gasLimit, TX_GAS_LIMIT)
  store<u32>(tx, blobGas, TX_BLOB_GAS)
  const word = atomicWord(tx + TX_SENDER_STATE)
  // Two workers may settle the same transaction: one on its way to execute it.
  if (!word.replace(SENDER_UNKNOWN, state)) return
  const settled = atomicWord(CONTROL_OFFSET + RECOVERED_COUNT).add(1) + 1
  if (settled >= publishedCursor(CONTROL_OFFSET + TX_COUNT).load()) {
    waitSlot(CONTROL_OFFSET + HOST_SLOT).signal(1)
  }
}

/** Stops all workers for `reason` (HALT_*); they leave at their next task. */
export function stop(reason: u32, txIndex: u32): void {
  requestHalt(reason, txIndex)
}

export function declareRead(txIndex: u32, kind: u32): void {
  declareReadAt(txIndex, locateScratch(kind))
}

/** The scratch holds the value after the write; only the seeded schedule looks at it. */
export function declareWrite(txIndex: u32, kind: u32): void {
  const location = locateScratch(kind)
  if (!isSeeded()) declareWriteAt(txIndex, location, 0)
  else seedWrite(txIndex, location, absoluteCell(0, threadScratch() + SCRATCH_VALUE))
}

/** A lazy update: the scratch holds the value before it (bound) and the one after it (value). */
export function declareDelta(txIndex: u32, kind: u32): void {
  const scratch = threadScratch()
  const claim = claimedCell(scratch + SCRATCH_BOUND, scratch + SCRATCH_VALUE)
  const location = locateScratch(kind)
  if (isSeeded()) seedWrite(txIndex, location, claim)
  else declareWriteAt(txIndex, location, claim)
}

@inline
function isSeeded(): bool {
  return load<u32>(CONTROL_OFFSET + SCHEDULE) == SCHEDULE_SEEDED
}

/** Sets the value before the next block of the scratch's location. */
export function setBase(kind: u32): void {
  setBaseAt(locateScratch(kind), threadScratch() + SCRATCH_VALUE)
}

/** Reads the value before the block of the scratch's location into the scratch. */
export function getBase(kind: u32): void {
  resolveBase(locateScratch(kind), threadScratch() + SCRATCH_VALUE)
}

/** The call that has begun finds the scratch's value at the scratch's location. */
export function overrideValue(kind: u32): void {
  const scratch = threadScratch()
  const address = scratch + SCRATCH_ADDRESS
  overrideValueAt(kind, address, scratch + SCRATCH_KEY, scratch + SCRATCH_VALUE)
}

/** It finds the code of `length` bytes at `data` at the scratch's address. */
export function overrideCode(data: usize, length: u32): void {
  overrideCodeAt(threadScratch() + SCRATCH_ADDRESS, data, length)
}
