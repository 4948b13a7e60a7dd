/**
 * Work on the root before anybody asks for it, for workers that have nothing better to do:
 * committed steps are handed to the lanes, their locations applied, and lanes hashed that have
 * changed enough. While a computation runs or is asked for nobody begins such a task.
 */

import { EVENT_LOOP_DELAY_MS } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { LANE_COUNT, TRIE_AHEAD_COUNT } from '../../src/layout/trie'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { threadIndex } from '../memory/thread'
import { feedNext, isFed } from './feed'
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

@inline
function aheadCount(): AtomicWord {
  return atomicWord(trieWord(TRIE_AHEAD_COUNT))
}

/** Does one task; false when there is none. */
export function workAhead(): bool {
  if (!isFed() || !isIdle() || isHostLate()) return false
  aheadCount().add(1)
  const isDone = isIdle() && (feedNext() || forSomeLane(false) || forSomeLane(true))
  if (aheadCount().subtract(1) == 1) startIfWaiting()
  return isDone
}

@inline
function isHostLate(): bool {
  return atomicWord(CONTROL_OFFSET + EVENT_LOOP_DELAY_MS).load() > DELAY_MAX_MS
}

/** Threads begin at different lanes, so that they seldom want the same one. */
function forSomeLane(isHashing: bool): bool {
  const first = threadIndex() * 5
  for (let i: u32 = 0; i < <u32>LANE_COUNT; i++) {
    const lane = lanePtr((first + i) % <u32>LANE_COUNT)
    if (isHashing ? !isWorthHashing(lane) : !hasEarly(lane)) continue
    if (!tryLock(lane)) continue
    const isDone = isHashing ? hashAhead(lane) : applyAhead(lane)
    unlock(lane)
    if (isDone) return true
  }
  return false
}

/** A branch with one blinded child cannot be hashed. */
@inline
function isWorthHashing(lane: usize): bool {
  const leaves = load<u32>(lane, AHEAD_LEAVES)
  return leaves >= LEAVES_MIN && leaves <= LEAVES_MAX && load<u32>(lane, LONELY_COUNT) == 0
}

function applyAhead(lane: usize): bool {
  const applied = applyEarly(lane, ITEMS_MAX)
  store<u32>(lane, load<u32>(lane, AHEAD_LEAVES) + applied, AHEAD_LEAVES)
  return applied != 0
}

function hashAhead(lane: usize): bool {
  if (!isWorthHashing(lane)) return false
  hashLane(lane)
  store<u32>(lane, 0, AHEAD_LEAVES)
  return true
}
