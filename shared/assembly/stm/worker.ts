/**
 * A worker's loop inside the core: it executes, validates and commits here and leaves to the host's
 * side only for a signature, or for an execution by the reference engine. With nothing to do it
 * sleeps. While it is awake it is inside the gate; the host rearranges the block's tables only when
 * nobody is.
 */

import {
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
import { count } from '../memory/thread'
import { waitWhile } from '../memory/wait-slot'
import { hasSleepers, sleepUntilWork, wakeOne, workSequence } from '../memory/work-slots'
import { executeStep } from '../transaction/step'
import { workAhead } from '../trie/ahead'
import { feedBacklog } from '../trie/feed'
import { helpOnce } from '../trie/tasks'
import { tryCommit } from './commit'
import { claimExecution, claimKept, claimValidation, passOn, validate } from './scheduler'
import { txRecord } from './tx'

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
  if (!isInside) enterGate()
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
      executeStep(task & TASK_INDEX_MASK)
      continue
    }
    if (task == TASK_DONE) continue
    if (task != NO_TASK) return task
    count(COUNTER_SLEEPS)
    leaveGate()
    sleepUntilWork(sequence)
    enterGate()
  }
}

/** Whether the task needs nothing from the host's side. */
function isInline(task: i32): bool {
  if (task < 0 || task >> TASK_SHIFT != TASK_EXECUTE) return false
  if (load<u32>(CONTROL_OFFSET + ENGINE) != ENGINE_INLINE) return false
  const sender = atomicWord(txRecord(task & TASK_INDEX_MASK) + TX_SENDER_STATE)
  return sender.load() != SENDER_UNKNOWN
}

/** A single step of a simulated worker: a task for the host's side, or -1. */
export function pollTask(scratch: usize): i32 {
  return max(findTask(scratch), NO_TASK)
}

/**
 * One look at everything there may be to do. Work on the root comes last, so that it takes only the
 * time in which nothing can be executed.
 */
function findTask(scratch: usize): i32 {
  const task = findStep(scratch)
  if (task != NO_TASK) return task
  if (!helpOnce() && !workAhead()) return NO_TASK
  count(COUNTER_TRIE_TASKS)
  return TASK_DONE
}

function findStep(scratch: usize): i32 {
  if (feedBacklog() >= FEED_BACKLOG_MIN && hasSleepers()) wakeOne()
  const recovery = claimRecovery()
  if (recovery >= 0) return (TASK_RECOVER << TASK_SHIFT) | recovery
  let claimed = tryCommit(scratch)
  if (claimed >= 0) return executeTask(claimed)
  if (load<u32>(CONTROL_OFFSET + SCHEDULE) != SCHEDULE_BLOCK_STM) {
    claimed = claimReady()
    return claimed >= 0 ? executeTask(claimed) : NO_TASK
  }
  while (true) {
    claimed = claimValidation()
    if (claimed < 0) break
    if (validate(claimed, scratch)) return executeTask(claimed)
    const again = tryCommit(scratch)
    if (again >= 0) return executeTask(again)
  }
  claimed = claimKept()
  if (claimed < 0) claimed = claimExecution()
  // To wait for a step that is done in the meantime may leave one with this thread.
  if (claimed < 0) claimed = claimKept()
  return claimed >= 0 ? executeTask(claimed) : NO_TASK
}

@inline
function executeTask(txIndex: i32): i32 {
  return (TASK_EXECUTE << TASK_SHIFT) | txIndex
}

function claimRecovery(): i32 {
  const limit = publishedCursor(CONTROL_OFFSET + TX_COUNT).load()
  const txIndex = rewindableCursor(CONTROL_OFFSET + RECOVERY_INDEX).claimBefore(limit)
  if (txIndex >= 0) passOn(limit - txIndex - 1)
  return txIndex
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
