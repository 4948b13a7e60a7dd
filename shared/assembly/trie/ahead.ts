/**
 * Work on the root before anybody asks for it: committed steps are handed to the lanes, their
 * locations applied, and lanes hashed that have changed enough. While a computation runs or is
 * asked for nobody begins such a task. Each task is timed, so that it is known how long what is
 * left will take.
 */

import {
  APPLY_COST,
  COUNTER_APPLY_TASKS,
  COUNTER_FEED_TASKS,
  COUNTER_HASH_TASKS,
  EVENT_LOOP_DELAY_MS,
  FEED_COST,
  HASH_COST,
  ITEMS_PER_STEP,
  ITEMS_PER_STEP_ONE,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  LANE_COUNT,
  TRIE_AHEAD_COUNT,
  TRIE_ITEMS_WAITING,
} from '../../src/layout/trie'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { average, noteAverage } from '../memory/average'
import { nowUs } from '../memory/clock'
import { count, threadIndex } from '../memory/thread'
import { feedBacklog, feedNext, isFed } from './feed'
import { applyEarly, hasEarly } from './feed-apply'
import { AHEAD_LEAVES, lanePtr, LONELY_COUNT, trieWord, tryLock, unlock } from './lane'
import { isIdle, startIfWaiting } from './tasks'
import { hashLane } from './top'

/** Items of a task, so that a worker soon looks whether there is a transaction to execute. */
const ITEMS_MAX: u32 = 64
/** Leaves of a lane that are worth hashing it, and its way up, once more than the root will. */
const LEAVES_MIN: u32 = 32
/** More are left to the root, which may give parts of a large storage trie to all threads. */
const LEAVES_MAX: u32 = 2048
/** A main thread that comes so late needs the core more: it sends what is committed. */
const DELAY_MAX_MS: u32 = 50
/** Before anything was measured: nanoseconds of a step, an item, a leaf. */
const COST_UNKNOWN: u32 = 2000
const ITEMS_UNKNOWN: u32 = 2 * ITEMS_PER_STEP_ONE

@inline
function aheadCount(): AtomicWord {
  return atomicWord(trieWord(TRIE_AHEAD_COUNT))
}

/** Does one task, which is to hash only if `mayHash`; false when there is none. */
export function workAhead(mayHash: bool): bool {
  if (!isFed() || !isIdle() || isHostLate()) return false
  aheadCount().add(1)
  const isDone = isIdle() && (feedAhead() || applySome() || (mayHash && hashSome()))
  if (aheadCount().subtract(1) == 1) startIfWaiting()
  return isDone
}

@inline
function isHostLate(): bool {
  return atomicWord(CONTROL_OFFSET + EVENT_LOOP_DELAY_MS).load() > DELAY_MAX_MS
}

function feedAhead(): bool {
  if (feedBacklog() == 0) return false
  const startedUs = nowUs()
  const steps = feedNext()
  if (steps == 0) return false
  noteCost(FEED_COST, steps, startedUs)
  count(COUNTER_FEED_TASKS)
  return true
}

/** Threads begin at different lanes, so that they seldom want the same one. */
function applySome(): bool {
  const first = threadIndex() * 5
  for (let i: u32 = 0; i < <u32>LANE_COUNT; i++) {
    const lane = lanePtr((first + i) % <u32>LANE_COUNT)
    if (!hasEarly(lane) || !tryLock(lane)) continue
    const isDone = applyAhead(lane)
    unlock(lane)
    if (isDone) return true
  }
  return false
}

function applyAhead(lane: usize): bool {
  const startedUs = nowUs()
  const applied = applyEarly(lane, ITEMS_MAX)
  if (applied == 0) return false
  store<u32>(lane, load<u32>(lane, AHEAD_LEAVES) + applied, AHEAD_LEAVES)
  atomicWord(trieWord(TRIE_ITEMS_WAITING)).subtract(applied)
  noteCost(APPLY_COST, applied, startedUs)
  count(COUNTER_APPLY_TASKS)
  return true
}

/** Hashes the lane that has changed most, so that each is hashed seldom. */
function hashSome(): bool {
  let most: usize = 0
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    const lane = lanePtr(index)
    if (!isWorthHashing(lane)) continue
    if (most == 0 || leavesOf(lane) > leavesOf(most)) most = lane
  }
  if (most == 0 || !tryLock(most)) return false
  const isDone = isWorthHashing(most)
  if (isDone) {
    const startedUs = nowUs()
    hashLane(most)
    noteCost(HASH_COST, leavesOf(most), startedUs)
    store<u32>(most, 0, AHEAD_LEAVES)
    count(COUNTER_HASH_TASKS)
  }
  unlock(most)
  return isDone
}

@inline
function leavesOf(lane: usize): u32 {
  return load<u32>(lane, AHEAD_LEAVES)
}

/** A branch with one blinded child cannot be hashed. */
@inline
function isWorthHashing(lane: usize): bool {
  const leaves = leavesOf(lane)
  return leaves >= LEAVES_MIN && leaves <= LEAVES_MAX && load<u32>(lane, LONELY_COUNT) == 0
}

/** Whether a lane waits for somebody to hash it ahead. */
export function isHashWaiting(): bool {
  if (!isFed()) return false
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    if (isWorthHashing(lanePtr(index))) return true
  }
  return false
}

/** Microseconds of one thread for everything that can be done ahead of the root now. */
export function aheadUs(): u64 {
  const steps = <u64>feedBacklog()
  const coming = (steps * average(ITEMS_PER_STEP, ITEMS_UNKNOWN)) / ITEMS_PER_STEP_ONE
  const items = coming + <u64>load<u32>(trieWord(TRIE_ITEMS_WAITING))
  let leaves = items
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    const lane = lanePtr(index)
    if (isWorthHashing(lane)) leaves += leavesOf(lane)
  }
  const feedNs = steps * average(FEED_COST, COST_UNKNOWN)
  const applyNs = items * average(APPLY_COST, COST_UNKNOWN)
  return (feedNs + applyNs + leaves * average(HASH_COST, COST_UNKNOWN)) / 1000
}

/** `amount` units of work have taken from `startedUs` until now. */
function noteCost(place: usize, amount: u32, startedUs: u64): void {
  noteAverage(place, ((nowUs() - startedUs) * 1000) / amount)
}
