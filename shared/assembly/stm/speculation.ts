/**
 * How far executions may run ahead of the commits. Where most transactions have to be executed
 * again, speculation only takes cores and cache lines from the one execution that counts, and holds
 * it up: the window is narrowed, down to the lowest transaction alone, and widened again as it
 * pays. While it is at its narrowest, a wider one is tried ever more rarely. Only the holder of the
 * commit token moves it.
 */

import {
  COMMIT_INDEX,
  RECIPIENTS_HOT,
  SPECULATION_ALERT,
  SPECULATION_IS_FIXED,
  SPECULATION_NARROWED,
  SPECULATION_PATIENCE,
  SPECULATION_REPEATED,
  SPECULATION_SEEN,
  SPECULATION_WIDENED,
  SPECULATION_WINDOW,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { atomicWord } from '../memory/atomic-word'
import { publishedCursor } from '../memory/cursor'

const UNLIMITED: u32 = 0
/**
 * From the widest to the lowest transaction alone: the windows are these, and 64. The widest is
 * there because a worker may lose its core for milliseconds; what another one executes in the
 * meantime on stale values stands in the lists of versions above the one that is needed, and each
 * read walks over it: thousands of them made a transaction take a hundred times as long.
 */
const WIDE: u32 = 1024
const NARROW: u32 = 8
const ALONE: u32 = 1
const STEP: u32 = 8
/**
 * Those further up may still be validated many times, and many of them may be waiting, so that the
 * cursor runs over them in vain.
 */
const VALIDATE_AHEAD_MAX: u32 = 64
/** Commits between two looks at the window. */
const LOOK_EVERY: u32 = 12
/** The same while nothing is speculative; doubled each time that a wider window did not pay. */
const PATIENCE_MIN: u32 = 64
const PATIENCE_MAX: u32 = 4096
/** Commits for which executions are validated before their turn after one was aborted. */
const ALERT_COMMITS: u32 = 256

@inline
function word(offset: usize): u32 {
  return load<u32>(CONTROL_OFFSET + offset)
}

@inline
function setWord(offset: usize, value: u32): void {
  store<u32>(CONTROL_OFFSET + offset, value)
}

/** A new block. The gate is locked. */
export function resetSpeculation(): void {
  setWord(SPECULATION_WINDOW, word(SPECULATION_IS_FIXED) != 0 ? UNLIMITED : WIDE)
  setWord(SPECULATION_SEEN, 0)
  setWord(SPECULATION_REPEATED, 0)
  setWord(SPECULATION_PATIENCE, PATIENCE_MIN)
  setWord(SPECULATION_ALERT, 0)
  setWord(RECIPIENTS_HOT, 0)
  setWord(SPECULATION_NARROWED, 0)
  setWord(SPECULATION_WIDENED, 0)
}

/**
 * Whether executions are validated before their turn. It only finds conflicts early, so it is worth
 * its reads, and the cache lines that it takes from others, while there are conflicts.
 */
@inline
export function isAlert(): bool {
  return atomicWord(CONTROL_OFFSET + SPECULATION_ALERT).load() != 0
}

/** An execution was aborted. */
export function raiseAlert(): void {
  atomicWord(CONTROL_OFFSET + SPECULATION_ALERT).store(ALERT_COMMITS)
}

// Worker-local: the commits as they were seen last. The word changes with each commit, and is not
// looked at again before it could matter.
let seenCommits: u32 = 0

/** `next`, the lowest step that may not have begun, may begin below it; at most `limit`. */
@inline
export function speculationLimit(next: u32, limit: u32): u32 {
  const window = word(SPECULATION_WINDOW)
  if (window == UNLIMITED) return limit
  // Of the block before they may be ahead of everything.
  if (seenCommits > next || next - seenCommits > window / 2) {
    seenCommits = publishedCursor(CONTROL_OFFSET + COMMIT_INDEX).load()
  }
  return min(limit, seenCommits + window)
}

/** Steps above the commits that are validated before their turn. */
@inline
export function validateAhead(): u32 {
  const window = word(SPECULATION_WINDOW)
  return window == UNLIMITED ? VALIDATE_AHEAD_MAX : min(window, VALIDATE_AHEAD_MAX)
}

/** False while only the lowest transaction is executed, and by one thread. */
@inline
export function mayRunAhead(): bool {
  return word(SPECULATION_WINDOW) != ALONE
}

/** A transaction commits in its `incarnation`: 0 is the first. */
export function noteCommit(incarnation: u32): void {
  const alert = word(SPECULATION_ALERT)
  if (alert != 0) setWord(SPECULATION_ALERT, alert - 1)
  if (word(SPECULATION_IS_FIXED) != 0) return
  const window = word(SPECULATION_WINDOW)
  const seen = word(SPECULATION_SEEN) + 1
  const repeated = word(SPECULATION_REPEATED) + u32(incarnation != 0)
  const patience = word(SPECULATION_PATIENCE)
  if (seen < (window == ALONE ? patience : LOOK_EVERY)) {
    setWord(SPECULATION_SEEN, seen)
    setWord(SPECULATION_REPEATED, repeated)
    return
  }
  setWord(SPECULATION_SEEN, 0)
  setWord(SPECULATION_REPEATED, 0)
  if (repeated * 4 >= seen * 3) narrow(window, patience)
  else if (window != WIDE && repeated * 4 < seen) widen(window)
}

function narrow(window: u32, patience: u32): void {
  if (window == ALONE) return
  setWord(SPECULATION_NARROWED, word(SPECULATION_NARROWED) + 1)
  const isNarrow = window == NARROW
  setWord(SPECULATION_WINDOW, isNarrow ? ALONE : NARROW)
  if (isNarrow) setWord(SPECULATION_PATIENCE, min(patience * 2, PATIENCE_MAX))
}

function widen(window: u32): void {
  setWord(SPECULATION_WIDENED, word(SPECULATION_WIDENED) + 1)
  if (window <= NARROW) {
    setWord(SPECULATION_WINDOW, window * STEP)
    return
  }
  setWord(SPECULATION_WINDOW, WIDE)
  setWord(SPECULATION_PATIENCE, PATIENCE_MIN)
}
