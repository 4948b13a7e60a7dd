/**
 * A worker's loop inside the core: it executes, validates and commits here and leaves to the host's
 * side only for a signature, or for an execution by the reference engine. With nothing to do it
 * sleeps. While it is awake it is inside the gate; the host rearranges the block's tables only when
 * nobody is.
 */

import {
  COUNTER_BUSY_US,
  COUNTER_RECOVERIES,
  COUNTER_ROOT_FIRST_TASKS,
  COUNTER_SLEEPS,
  COUNTER_TRIE_TASKS,
  ENGINE,
  ENGINE_INLINE,
  GATE,
  GATE_LOCKED,
  HALT,
  HALT_SHUTDOWN,
  RECOVERY_INDEX,
  SCHEDULE,
  SCHEDULE_BLOCK_STM,
  TASK_EXECUTE,
  TASK_EXIT,
  TASK_INDEX_MASK,
  TASK_RECOVER,
  TASK_SHIFT,
  TX_COUNT,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { SENDER_UNKNOWN, TX_SENDER_STATE } from '../../src/layout/records'
import { claimReady } from '../dag/ready-queue'
import { atomicWord } from '../memory/atomic-word'
import { haltReason } from '../memory/halt'
import { publishedCursor, rewindableCursor } from '../memory/cursor'
import { nowUs } from '../memory/clock'
import { count, countMore } from '../memory/thread'
import { waitWhile } from '../memory/wait-slot'
import { hasSleepers, sleepUntilWork, wakeFirst, wakeOne, workSequence } from '../memory/work-slots'
import { executeStep } from '../transaction/step'
import { isHashWaiting, workAhead } from '../trie/ahead'
import { feedBacklog, isFed } from '../trie/feed'
import { helpOnce } from '../trie/tasks'
import { tryCommit } from './commit'
import {
  comesRecoveryFirst,
  comesRootFirst,
  hashesAhead,
  isAwake,
  lookAtRoot,
  takesSteps,
} from './policy'
import { claimExecution, claimKept, claimValidation, validate } from './scheduler'
import { txRecord } from './tx'
import { noteStepCost, passOnSenders } from './wakes'

// Worker-local: what the thread has done since it woke up.
let awakeSinceUs: u64 = 0
let steps: u32 = 0
let recoveries: u32 = 0
let rootUs: u64 = 0

const NO_TASK: i32 = -1
/** A task was done inside the core: there may be more. */
const TASK_DONE: i32 = -2

/** Committed steps that are worth another thread to hand them to the trie. */
const FEED_BACKLOG_MIN: u32 = 256

/**
 * The next task for the host's side, kind << TASK_SHIFT | txIndex; sleeps until there is one.
 * `scratch` is one word of the worker's own. The caller is outside the gate before the first call
 * and after TASK_EXIT.
 */
export function nextTask(isInside: bool, scratch: usize): i32 {
  if (!isInside) {
    enterGate()
    awakeSinceUs = nowUs()
  }
  while (true) {
    // Before anything that a signal announces is looked at, the halt included.
    const sequence = workSequence()
    const halted = atomicWord(CONTROL_OFFSET + HALT).load()
    if (haltReason(halted) == HALT_SHUTDOWN) {
      leaveGate()
      return TASK_EXIT << TASK_SHIFT
    }
    const task = halted == 0 ? findTask(scratch) : NO_TASK
    if (isInline(task)) {
      steps++
      executeStep(task & TASK_INDEX_MASK)
      continue
    }
    if (task == TASK_DONE) continue
    if (task != NO_TASK) return task
    count(COUNTER_SLEEPS)
    noteBusyTime()
    leaveGate()
    sleepUntilWork(sequence)
    enterGate()
    awakeSinceUs = nowUs()
  }
}

/** The thread is about to sleep. */
function noteBusyTime(): void {
  const busyUs = nowUs() - awakeSinceUs
  countMore(COUNTER_BUSY_US, <u32>busyUs)
  // The time of other tasks is not told apart.
  if (recoveries == 0 && busyUs > rootUs) noteStepCost(busyUs - rootUs, steps)
  steps = 0
  recoveries = 0
  rootUs = 0
}

/** Whether the task needs nothing from the host's side. */
function isInline(task: i32): bool {
  if (task < 0 || task >> TASK_SHIFT != TASK_EXECUTE) return false
  if (load<u32>(CONTROL_OFFSET + ENGINE) != ENGINE_INLINE) return false
  const sender = atomicWord(txRecord(task & TASK_INDEX_MASK) + TX_SENDER_STATE)
  return sender.load() != SENDER_UNKNOWN
}

/** A look of a simulated worker: a task for the host's side, -1, or -2 when it did one itself. */
export function pollTask(scratch: usize): i32 {
  return findTask(scratch)
}

/** One look at everything there may be to do; the order is the policy's. */
function findTask(scratch: usize): i32 {
  if (feedBacklog() >= FEED_BACKLOG_MIN && hasSleepers()) wakeOne()
  const mayRecover = isAwake()
  if (mayRecover && comesRecoveryFirst()) {
    const recovery = claimRecovery()
    if (recovery >= 0) return recovery
  }
  let claimed = tryCommit(scratch)
  if (claimed >= 0) return executeTask(claimed)
  // Whoever keeps a step for itself keeps others waiting for it.
  claimed = claimKept()
  if (claimed >= 0) return executeTask(claimed)
  if (comesRootFirst() && workOnRoot()) {
    count(COUNTER_ROOT_FIRST_TASKS)
    return TASK_DONE
  }
  if (takesSteps()) {
    claimed = findStep(scratch)
    if (claimed >= 0) return executeTask(claimed)
  } else {
    // What this thread has committed may have made them ready, and nobody else has said so.
    wakeFirst()
  }
  if (mayRecover) {
    const recovery = claimRecovery()
    if (recovery >= 0) return recovery
  }
  return helpWithRoot() || workOnRoot() ? TASK_DONE : NO_TASK
}

/** A step to execute, or -1. */
function findStep(scratch: usize): i32 {
  if (load<u32>(CONTROL_OFFSET + SCHEDULE) != SCHEDULE_BLOCK_STM) return claimReady()
  while (true) {
    const claimed = claimValidation()
    if (claimed < 0) break
    if (validate(claimed, scratch)) return claimed
    const again = tryCommit(scratch)
    if (again >= 0) return again
  }
  const claimed = claimExecution()
  // To wait for a step that is done in the meantime may leave one with this thread.
  return claimed >= 0 ? claimed : claimKept()
}

/** One task of a root that was asked for. */
function helpWithRoot(): bool {
  if (!helpOnce()) return false
  count(COUNTER_TRIE_TASKS)
  return true
}

/** One task ahead of the root. */
function workOnRoot(): bool {
  if (!isAwake()) return false
  const startedUs = isFed() ? nowUs() : 0
  if (!workAhead(hashesAhead())) {
    if (hasSleepers() && !hashesAhead() && isHashWaiting()) wakeOne()
    return false
  }
  rootUs += nowUs() - startedUs
  count(COUNTER_TRIE_TASKS)
  lookAtRoot()
  return true
}

@inline
function executeTask(txIndex: i32): i32 {
  return (TASK_EXECUTE << TASK_SHIFT) | txIndex
}

/** The task, or NO_TASK. */
function claimRecovery(): i32 {
  const limit = publishedCursor(CONTROL_OFFSET + TX_COUNT).load()
  const txIndex = rewindableCursor(CONTROL_OFFSET + RECOVERY_INDEX).claimBefore(limit)
  if (txIndex < 0) return NO_TASK
  passOnSenders(limit - txIndex - 1)
  count(COUNTER_RECOVERIES)
  recoveries++
  return (TASK_RECOVER << TASK_SHIFT) | txIndex
}

/** Waits until the host has the gate open; inside, nothing is rearranged. */
export function enterGate(): void {
  const gate = atomicWord(CONTROL_OFFSET + GATE)
  while (true) {
    const inside = gate.load()
    if ((inside & GATE_LOCKED) != 0) waitWhile(CONTROL_OFFSET + GATE, inside)
    else if (gate.replace(inside, inside + 1)) return
  }
}

export function leaveGate(): void {
  atomicWord(CONTROL_OFFSET + GATE).subtract(1)
}
