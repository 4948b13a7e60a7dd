/**
 * Recipients whose transactions conflict, learnt within the block: most contracts that are called
 * often in a block are written by each call, and each call needs what the one before it wrote. Once
 * that was seen, a call is not begun before the one before it has finished, instead of being thrown
 * away behind it. Nothing of it decides a result, so that the words of the table are plain ones.
 */

import { RECIPIENTS_HOT, SPECULATION_IS_FIXED } from '../../src/layout/control'
import {
  CONTROL_OFFSET,
  RECIPIENT_COUNT,
  RECIPIENT_STRIDE,
  RECIPIENTS_OFFSET,
} from '../../src/layout/memory-map'
import {
  ENTRY_TX,
  EXECUTION_READ_COUNT,
  EXECUTION_READS,
  READ_BYTES,
  READ_FLAGS,
  READ_LOCATION,
  TX_PREDECESSOR,
  TX_RECIPIENT,
} from '../../src/layout/records'
import { isAlert } from './speculation'
import { executionOf, txRecord } from './tx'
import { entryBelow } from './version'

const KEY: usize = 0
const LAST: usize = 4
const SCORE: usize = 8

/** From here on calls wait for each other: two conflicts, or more after calls that had none. */
const SCORE_HOT: i32 = 3
const SCORE_MAX: i32 = 8
const CONFLICT: i32 = 2
const WAITED_RIGHTLY: i32 = 1
const NO_CONFLICT: i32 = -1

/**
 * Conflicts were met lately, or have shown that calls of one recipient need each other, which then
 * holds for the rest of the block: a chain that is followed has no more conflicts.
 */
@inline
function isLearning(): bool {
  return isAlert() || load<u32>(CONTROL_OFFSET + RECIPIENTS_HOT) != 0
}

/** The recipient's place in the table; 0 when it has none, or one with conflicts has it. */
function placeOf(txIndex: u32): usize {
  const key = load<u32>(txRecord(txIndex), TX_RECIPIENT)
  if (key == 0) return 0
  const place = RECIPIENTS_OFFSET + <usize>(key & (RECIPIENT_COUNT - 1)) * RECIPIENT_STRIDE
  if (load<u32>(place, KEY) == key) return place
  if (load<i32>(place, SCORE) != 0) return 0
  store<u32>(place, key, KEY)
  store<u32>(place, 0, LAST)
  return place
}

/**
 * `txIndex` is about to be executed for the first time: one more than the step that it should wait
 * for, or 0.
 */
export function likelyPredecessor(txIndex: u32): u32 {
  if (!isLearning() || load<u32>(CONTROL_OFFSET + SPECULATION_IS_FIXED) != 0) return 0
  const place = placeOf(txIndex)
  if (place == 0) return 0
  const last = load<u32>(place, LAST)
  store<u32>(place, txIndex + 1, LAST)
  return load<i32>(place, SCORE) >= SCORE_HOT && last <= txIndex ? last : 0
}

/** The first incarnation of `txIndex` was thrown away. */
export function noteConflict(txIndex: u32): void {
  addScore(txIndex, CONFLICT)
}

/** `txIndex` is final, and was executed but once. */
export function noteSettled(txIndex: u32): void {
  if (!isLearning()) return
  const predecessor = load<u32>(txRecord(txIndex), TX_PREDECESSOR)
  const isRight = predecessor != 0 && hasReadFrom(txIndex, predecessor - 1)
  addScore(txIndex, isRight ? WAITED_RIGHTLY : NO_CONFLICT)
}

function addScore(txIndex: u32, points: i32): void {
  const place = placeOf(txIndex)
  if (place == 0) return
  const score = load<i32>(place, SCORE) + points
  if (score >= SCORE_HOT) store<u32>(CONTROL_OFFSET, 1, RECIPIENTS_HOT)
  store<i32>(place, max(0, min(score, SCORE_MAX)), SCORE)
}

/** Whether the newest value of something that `txIndex` has read is from `writer`. */
function hasReadFrom(txIndex: u32, writer: u32): bool {
  const execution = executionOf(txIndex)
  let read = <usize>load<u32>(execution, EXECUTION_READS)
  const end = read + <usize>load<u32>(execution, EXECUTION_READ_COUNT) * READ_BYTES
  for (; read < end; read += READ_BYTES) {
    if (load<u32>(read, READ_FLAGS) != 0) continue
    const entry = entryBelow(load<u32>(read, READ_LOCATION), txIndex)
    if (entry != 0 && load<u32>(entry, ENTRY_TX) == writer) return true
  }
  return false
}
