/**
 * Rolling commit: transaction k becomes final as soon as it is executed, everything below it is
 * final, and its read set still holds. One thread at a time commits (COMMIT_TOKEN), nobody waits
 * for it. Committing folds the deltas into absolute values, checks their bounds and the assumed
 * nonces, and gives the transaction its cumulative gas and log index. What is committed is never
 * taken back.
 *
 * An assumption that fails is no conflict: the transaction is executed once more with FLAG_EAGER,
 * reading what it had assumed, which tells exactly why it is invalid.
 */

import {
  BLOB_GAS_USED,
  BLOCK_BLOB_GAS_LIMIT,
  BLOCK_GAS_LIMIT,
  COMMIT_INDEX,
  COMMIT_TOKEN,
  COUNTER_EAGER_REPEATS,
  GAS_USED,
  HALT,
  HALT_BROKEN_INVARIANT,
  HALT_DIVERGED,
  HOST_COMMIT_TARGET,
  HOST_SLOT,
  LOG_COUNT,
  SCHEDULE,
  SCHEDULE_BLOCK_STM,
  SHRED_COUNT,
  TX_COUNT,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  CELL_BOUND,
  CELL_LIMIT,
  CELL_VALUE,
  EXECUTION_EAGER,
  EXECUTION_GAS_USED,
  EXECUTION_LOG_COUNT,
  EXECUTION_OUTCOME,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
  FLAG_CLOSING,
  FLAG_EAGER,
  FLAG_OPENING,
  FLAG_WAITED,
  OUTCOME_INVALID,
  OUTCOME_UNDECLARED_READ,
  STATUS_COMMITTED,
  STATUS_EXECUTED,
  TX_BLOB_GAS,
  TX_CUMULATIVE_GAS,
  TX_GAS_LIMIT,
  TX_SHRED_INDEX,
  TX_STARTING_LOG_INDEX,
  WRITE_BYTES,
  WRITE_CELL,
  WRITE_ENTRY,
  WRITE_FOLDED,
  WRITE_LOCATION,
} from '../../src/layout/records'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { PublishedCursor, publishedCursor } from '../memory/cursor'
import { requestHalt } from '../memory/halt'
import { count } from '../memory/thread'
import { waitSlot } from '../memory/wait-slot'
import { wordAdd, wordIsNegative, wordLess } from '../u256/word'
import { lookNowAndThen } from './policy'
import { validateExpectations, validateReads } from './read-set'
import { noteSettled } from './recipients'
import { resolveFrom } from './resolve'
import { finishAbort, tryValidationAbort } from './scheduler'
import { noteCommit } from './speculation'
import { executionOf, flagsOf, incarnationOf, stateOf, stateWord, statusOf, txRecord } from './tx'
import { absoluteCell, isDelta, nextEntry, setCell } from './version'

@inline
export function commitIndex(): PublishedCursor {
  return publishedCursor(CONTROL_OFFSET + COMMIT_INDEX)
}

@inline
function token(): AtomicWord {
  return atomicWord(CONTROL_OFFSET + COMMIT_TOKEN)
}

/**
 * Commits as far as possible unless another thread does. Returns a transaction that must be
 * executed again and is claimed for the caller, or -1. `scratch` is one word.
 */
export function tryCommit(scratch: usize): i32 {
  // The check after the release closes the race with a transaction that finished between the last
  // look and the release: its own thread found the token taken.
  while (isCommittable()) {
    if (token().load() != 0 || !token().replace(0, 1)) return -1
    let claimed: i32 = -1
    while (claimed < 0 && isCommittable()) {
      const txIndex = commitIndex().load()
      const state = stateOf(txIndex).load()
      // A validator may have aborted it since the look above.
      if (statusOf(state) != STATUS_EXECUTED) continue
      if (!isFinal(txIndex, scratch)) {
        if (isHalted()) break
        if (tryValidationAbort(txIndex, state) && finishAbort(txIndex)) claimed = txIndex
      } else {
        commit(txIndex, state)
      }
    }
    token().store(0)
    if (claimed >= 0) return claimed
  }
  return -1
}

@inline
function isHalted(): bool {
  return atomicWord(CONTROL_OFFSET + HALT).load() != 0
}

function isCommittable(): bool {
  const txIndex = commitIndex().load()
  if (isHalted() || txIndex >= publishedCursor(CONTROL_OFFSET + TX_COUNT).load()) return false
  return statusOf(stateOf(txIndex).load()) == STATUS_EXECUTED
}

/** Whether the execution of the lowest uncommitted transaction may stand. */
function isFinal(txIndex: u32, scratch: usize): bool {
  const execution = executionOf(txIndex)
  if (load<u32>(CONTROL_OFFSET + SCHEDULE) == SCHEDULE_BLOCK_STM) {
    if (!validateReads(execution, txIndex, scratch)) return false
    if (holds(execution, txIndex, scratch)) return true
    if (load<u32>(execution, EXECUTION_EAGER) != 0) {
      requestHalt(HALT_BROKEN_INVARIANT, txIndex)
      return false
    }
    count(COUNTER_EAGER_REPEATS)
    flagsOf(txIndex).setBits(FLAG_EAGER)
    return false
  }
  const isDeclared = load<u32>(execution, EXECUTION_OUTCOME) != OUTCOME_UNDECLARED_READ
  if (isDeclared && holds(execution, txIndex, scratch)) return true
  requestHalt(HALT_DIVERGED, txIndex)
  return false
}

/** Whether what the execution assumed holds: nonce, bounds of deltas, gas left in the block. */
function holds(execution: usize, txIndex: u32, scratch: usize): bool {
  if (load<u32>(execution, EXECUTION_OUTCOME) == OUTCOME_INVALID) {
    return load<u32>(execution, EXECUTION_EAGER) != 0
  }
  const tx = txRecord(txIndex)
  const gasLeft = load<u64>(CONTROL_OFFSET + BLOCK_GAS_LIMIT) - load<u64>(CONTROL_OFFSET + GAS_USED)
  if (load<u64>(tx, TX_GAS_LIMIT) > gasLeft) return false
  const blobLimit = load<u64>(CONTROL_OFFSET + BLOCK_BLOB_GAS_LIMIT)
  if (load<u32>(tx, TX_BLOB_GAS) > blobLimit - load<u64>(CONTROL_OFFSET + BLOB_GAS_USED)) {
    return false
  }
  if (!validateExpectations(execution, txIndex, scratch)) return false
  return prepareFolds(execution, txIndex, scratch)
}

/** Computes what each delta becomes; false when a bound does not hold. */
function prepareFolds(execution: usize, txIndex: u32, scratch: usize): bool {
  let write = <usize>load<u32>(execution, EXECUTION_WRITES)
  const end = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (; write < end; write += WRITE_BYTES) {
    const cell = <usize>load<u32>(write, WRITE_CELL)
    if (!isDelta(cell)) continue
    // From its own entry down: the top of the list is where others add theirs.
    const below = nextEntry(load<u32>(write, WRITE_ENTRY))
    if (!resolveFrom(load<u32>(write, WRITE_LOCATION), below, txIndex, scratch)) return false
    if (wordLess(scratch, cell + CELL_BOUND)) return false
    if (wordLess(cell + CELL_LIMIT, scratch)) return false
    const carry = wordAdd(scratch, scratch, cell + CELL_VALUE)
    // Adding a negative amount in two's complement carries exactly when it does not underflow.
    if (carry != wordIsNegative(cell + CELL_VALUE)) return false
    const folded = absoluteCell(incarnationOf(stateOf(txIndex).load()), scratch)
    store<u32>(write, <u32>folded, WRITE_FOLDED)
  }
  return true
}

function commit(txIndex: u32, executed: u32): void {
  const committed = stateWord(STATUS_COMMITTED, incarnationOf(executed))
  // A validator that started long ago may have aborted it a moment before.
  if (!stateOf(txIndex).replace(executed, committed)) return
  const execution = executionOf(txIndex)
  publishFolds(execution)
  if (load<u32>(execution, EXECUTION_OUTCOME) != OUTCOME_INVALID) addTotals(txIndex, execution)
  // The wait for a predecessor was no execution.
  const waited = u32((flagsOf(txIndex).load() & FLAG_WAITED) != 0)
  const repeats = incarnationOf(executed) - waited
  if (repeats == 0) noteSettled(txIndex)
  noteCommit(repeats)
  commitIndex().publish(txIndex + 1)
  lookNowAndThen(txIndex + 1)
  if (txIndex + 1 >= atomicWord(CONTROL_OFFSET + HOST_COMMIT_TARGET).load()) {
    waitSlot(CONTROL_OFFSET + HOST_SLOT).signal(1)
  }
}

function publishFolds(execution: usize): void {
  let write = <usize>load<u32>(execution, EXECUTION_WRITES)
  const end = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (; write < end; write += WRITE_BYTES) {
    const folded = load<u32>(write, WRITE_FOLDED)
    if (folded != 0) setCell(load<u32>(write, WRITE_ENTRY), folded)
  }
}

function addTotals(txIndex: u32, execution: usize): void {
  const tx = txRecord(txIndex)
  if ((flagsOf(txIndex).load() & (FLAG_OPENING | FLAG_CLOSING)) != 0) return
  const gasUsed = load<u64>(CONTROL_OFFSET + GAS_USED) + load<u64>(execution, EXECUTION_GAS_USED)
  store<u64>(CONTROL_OFFSET + GAS_USED, gasUsed)
  store<u64>(tx, gasUsed, TX_CUMULATIVE_GAS)
  const blobGas = load<u64>(CONTROL_OFFSET + BLOB_GAS_USED) + load<u32>(tx, TX_BLOB_GAS)
  store<u64>(CONTROL_OFFSET + BLOB_GAS_USED, blobGas)
  const logCount = load<u32>(CONTROL_OFFSET + LOG_COUNT)
  store<u32>(tx, logCount, TX_STARTING_LOG_INDEX)
  store<u32>(CONTROL_OFFSET + LOG_COUNT, logCount + load<u32>(execution, EXECUTION_LOG_COUNT))
  const shredCount = load<u32>(CONTROL_OFFSET + SHRED_COUNT)
  store<u32>(tx, shredCount, TX_SHRED_INDEX)
  store<u32>(CONTROL_OFFSET + SHRED_COUNT, shredCount + 1)
}
