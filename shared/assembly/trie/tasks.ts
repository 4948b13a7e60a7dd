/**
 * The computation of the root in tasks that any thread takes: apply and settle each lane, hash
 * below the roots of large storage tries, hash each lane, then the top. A phase begins when the one
 * before it is done; whoever does the last task of a phase begins the next. The phase and its next
 * task stand in one word, so that nobody claims a task of a phase that is over.
 *
 *   IDLE -> WAITING                                           beginRoot
 *   WAITING -> FEED -> APPLY -> STORAGE -> HASH -> TOP -> IDLE     startIfWaiting, then endTask
 *   APPLY -> IDLE                                             endTask, when nodes are missing
 */

import { HALT_BROKEN_INVARIANT, HOST_SLOT } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  LANE_COUNT,
  PHASE_APPLY,
  PHASE_BETWEEN,
  PHASE_EXIT,
  PHASE_FEED,
  PHASE_HASH,
  PHASE_IDLE,
  PHASE_SHIFT,
  PHASE_STORAGE,
  PHASE_TOP,
  PHASE_WAITING,
  TRIE_AHEAD_COUNT,
  TRIE_DONE_COUNT,
  TRIE_FAULT,
  TRIE_SLOT,
  TRIE_STATE,
  TRIE_TASK_COUNT,
} from '../../src/layout/trie'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { halt } from '../memory/halt'
import { waitSlot } from '../memory/wait-slot'
import { wakeAll } from '../memory/work-slots'
import { applyPending, hasPending } from './apply'
import { beginFeed, endFeed, feedTask } from './feed'
import { applyAll } from './feed-apply'
import { AHEAD_LEAVES, lanePtr, trieWord, tryLock, unlock } from './lane'
import { clearLarge, hashLargePart, largeCount } from './large'
import { missingCount } from './missing'
import { settleLane, settleTop } from './settle'
import { hashLane, hashTop } from './top'

const TASK_MASK: u32 = (1 << PHASE_SHIFT) - 1

@inline
function state(): AtomicWord {
  return atomicWord(trieWord(TRIE_STATE))
}

/**
 * Does one task by itself, whatever the phase; the caller keeps the order. False when another
 * thread holds the lane: go on with another. PHASE_STORAGE and PHASE_TOP need that no lane is being
 * changed.
 */
export function runTask(phase: u32, index: u32): bool {
  if (phase == PHASE_STORAGE) {
    hashLargePart(index)
    return true
  }
  if (phase == PHASE_TOP) {
    hashTop()
    clearLarge()
    return true
  }
  if (phase == PHASE_FEED) {
    feedTask(index)
    return true
  }
  const lane = lanePtr(index)
  if (!tryLock(lane)) return false
  if (phase == PHASE_HASH) {
    hashLane(lane)
    store<u32>(lane, 0, AHEAD_LEAVES)
  } else {
    applyPending(lane)
    if (!hasPending(lane) && applyAll(lane)) settleLane(lane)
  }
  unlock(lane)
  return true
}

/** Begins a computation; the host calls it when none is running. */
export function beginRoot(): void {
  haltIfBroken()
  state().store(PHASE_WAITING << PHASE_SHIFT)
  if (atomicWord(trieWord(TRIE_AHEAD_COUNT)).load() == 0) startIfWaiting()
}

/** Nobody is at a task ahead of the root: the computation that is asked for begins. */
export function startIfWaiting(): void {
  if (!state().replace(PHASE_WAITING << PHASE_SHIFT, PHASE_BETWEEN << PHASE_SHIFT)) return
  const feeds = beginFeed()
  if (feeds != 0) beginPhase(PHASE_FEED, feeds)
  else beginPhase(PHASE_APPLY, LANE_COUNT)
  wakeAll()
}

/** Keeps others from tasks ahead of a root; false while one is at such a task. Host only. */
export function pauseAhead(): bool {
  state().store(PHASE_BETWEEN << PHASE_SHIFT)
  if (atomicWord(trieWord(TRIE_AHEAD_COUNT)).load() == 0) return true
  resumeAhead()
  return false
}

export function resumeAhead(): void {
  state().store(PHASE_IDLE << PHASE_SHIFT)
}

/** No computation is running or asked for. */
@inline
export function isIdle(): bool {
  return currentPhase() == PHASE_IDLE
}

/** Sends away the threads that help. */
export function endHelp(): void {
  beginPhase(PHASE_EXIT, 0)
}

function beginPhase(phase: u32, count: u32): void {
  state().store(PHASE_BETWEEN << PHASE_SHIFT)
  atomicWord(trieWord(TRIE_TASK_COUNT)).store(count)
  atomicWord(trieWord(TRIE_DONE_COUNT)).store(0)
  state().store(phase << PHASE_SHIFT)
  waitSlot(trieWord(TRIE_SLOT)).signal(i32.MAX_VALUE)
  if (count > 1) wakeAll()
  if (phase == PHASE_IDLE) waitSlot(CONTROL_OFFSET + HOST_SLOT).signal(1)
}

@inline
function currentPhase(): u32 {
  return state().load() >> PHASE_SHIFT
}

/** Takes the next task of the phase, as phase << PHASE_SHIFT | index; -1 when all are taken. */
function claim(): i32 {
  while (true) {
    const seen = state().load()
    const phase = seen >> PHASE_SHIFT
    if (!hasTasks(phase)) return -1
    // The count may already be the next phase's; then the word has changed and the swap fails.
    if ((seen & TASK_MASK) >= atomicWord(trieWord(TRIE_TASK_COUNT)).load()) return -1
    if (state().replace(seen, seen + 1)) return <i32>seen
  }
}

@inline
function hasTasks(phase: u32): bool {
  return phase == PHASE_FEED || (phase >= <u32>PHASE_APPLY && phase <= <u32>PHASE_TOP)
}

function endTask(phase: u32): void {
  const done = atomicWord(trieWord(TRIE_DONE_COUNT)).add(1) + 1
  if (done < atomicWord(trieWord(TRIE_TASK_COUNT)).load()) return
  if (phase == PHASE_FEED) {
    endFeed()
    beginPhase(PHASE_APPLY, LANE_COUNT)
  } else if (phase == PHASE_APPLY) {
    settleTop()
    const large = largeCount()
    if (isMissing()) beginPhase(PHASE_IDLE, 0)
    else if (large == 0) beginPhase(PHASE_HASH, LANE_COUNT)
    else beginPhase(PHASE_STORAGE, large << 4)
  } else if (phase == PHASE_STORAGE) {
    beginPhase(PHASE_HASH, LANE_COUNT)
  } else if (phase == PHASE_HASH) {
    beginPhase(PHASE_TOP, 1)
  } else {
    beginPhase(PHASE_IDLE, 0)
  }
}

/** Nodes have to be revealed before the computation can go on. */
function isMissing(): bool {
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    if (missingCount(lanePtr(index)) != 0) return true
  }
  return false
}

/** Takes tasks until the computation is over or has to wait for nodes; sleeps between phases. */
export function finishRoot(): void {
  while (true) {
    const sequence = waitSlot(trieWord(TRIE_SLOT)).sequence()
    if (helpPhase() == PHASE_IDLE) return
    haltIfBroken()
    waitSlot(trieWord(TRIE_SLOT)).wait(sequence)
  }
}

/** What was being changed then is in pieces. */
function haltIfBroken(): void {
  const fault = atomicWord(trieWord(TRIE_FAULT)).load()
  if (fault != 0) halt(fault, 0)
}

/** Helps with every computation until `endHelp`; for threads that do nothing else. */
export function helpUntilExit(): void {
  while (true) {
    const sequence = waitSlot(trieWord(TRIE_SLOT)).sequence()
    if (helpPhase() == PHASE_EXIT) return
    waitSlot(trieWord(TRIE_SLOT)).wait(sequence)
  }
}

/** Does tasks while there are any; returns the phase that has none left to take. */
function helpPhase(): u32 {
  while (helpOnce()) continue
  return currentPhase()
}

/** Does one task of the running computation; false when there is none to take. */
export function helpOnce(): bool {
  const task = claim()
  if (task < 0) return false
  const phase = <u32>task >> PHASE_SHIFT
  // Nobody may run tasks by themselves meanwhile: the lane would be left out.
  if (!runTask(phase, <u32>task & TASK_MASK)) halt(HALT_BROKEN_INVARIANT, 0)
  endTask(phase)
  return true
}
