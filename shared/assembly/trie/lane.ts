/**
 * The trie's words, and its lanes: the subtries of the account trie by the first nibble. A lane
 * owns its accounts with their storage tries, the memory that all these nodes stand in, and the
 * changes that wait for them. One thread at a time holds a lane; whoever finds it held goes on with
 * another.
 *
 *   Lane  0 lock  4 chunkNext  8 chunkEnd  12 rootState  16 usedBytes u64  24 lonelyCount
 *         28 tombstones  32 missingCount  36 doubtful  40 pending (first)  44 pending (last)
 *         64 inbox  128 root  136 reference of the root[32]  192 free lists, a word each
 *         448 early items  512 late items  576 early items taken  580 leaves changed ahead
 */

import { TRIE_LANES_OFFSET, TRIE_OFFSET } from '../../src/layout/memory-map'
import { LANE_COUNT, LANE_STRIDE, TRIE_GENERATION } from '../../src/layout/trie'
import { atomicWord } from '../memory/atomic-word'
import { threadIndex } from '../memory/thread'

const LOCK: usize = 0
export const CHUNK_NEXT: usize = 4
export const CHUNK_END: usize = 8
const ROOT_STATE: usize = 12
export const USED_BYTES: usize = 16
/** Branches with one child, which is blinded: they cannot collapse before it is revealed. */
export const LONELY_COUNT: usize = 24
/** List of paths whose nodes are no more, for the write-out. */
export const TOMBSTONES: usize = 28
export const MISSING_COUNT: usize = 32
/** Staged changes after which their account may not exist. */
export const DOUBTFUL: usize = 36
/** Staged changes that the lane has taken from its inbox and not applied, in order. */
export const PENDING_FIRST: usize = 40
export const PENDING_LAST: usize = 44
/** Changes newly staged, the last first: any thread pushes, the holder takes all. */
export const INBOX: usize = 64
export const ROOT: usize = 128
export const ROOT_REFERENCE: usize = 136
export const FREE_LISTS: usize = 192
/** Items of the feed that may be applied at any time, and those that wait for a root. */
export const EARLY_LIST: usize = 448
export const LATE_LIST: usize = 512
/** Early items that the holder has taken from the list and not applied. */
export const EARLY_TAKEN: usize = 576
/** Leaves changed since the lane was hashed, ahead of a root. */
export const AHEAD_LEAVES: usize = 580

/** ROOT_STATE. The reference of the root is known; with no node, the root is blinded. */
export const ROOT_HAS_REFERENCE: u32 = 1
/** Its reference is a short node, not a hash; such a root is never blinded. */
export const ROOT_IS_EMBEDDED: u32 = 2
export const ROOT_IS_DIRTY: u32 = 4
export const ROOT_IS_UNSAVED: u32 = 8

/** Where the subtries of the lanes hang: one nibble below the root. */
export const LANE_POSITION: u32 = 1

@inline
export function lanePtr(index: u32): usize {
  return <usize>TRIE_LANES_OFFSET + <usize>index * LANE_STRIDE
}

@inline
export function laneIndex(lane: usize): u32 {
  return <u32>((lane - <usize>TRIE_LANES_OFFSET) / LANE_STRIDE)
}

@inline
export function trieWord(offset: usize): usize {
  return <usize>TRIE_OFFSET + offset
}

@inline
export function generation(): u32 {
  return load<u32>(trieWord(TRIE_GENERATION))
}

/** Takes the lane for this thread; false when another has it. */
export function tryLock(lane: usize): bool {
  return atomicWord(lane + LOCK).replace(0, threadIndex() + 1)
}

export function unlock(lane: usize): void {
  atomicWord(lane + LOCK).store(0)
}

@inline
export function rootState(lane: usize): u32 {
  return load<u32>(lane, ROOT_STATE)
}

@inline
export function markRoot(lane: usize, bits: u32): void {
  store<u32>(lane, load<u32>(lane, ROOT_STATE) | bits, ROOT_STATE)
}

@inline
export function unmarkRoot(lane: usize, bits: u32): void {
  store<u32>(lane, load<u32>(lane, ROOT_STATE) & ~bits, ROOT_STATE)
}

export function isLaneEmpty(lane: usize): bool {
  return load<u32>(lane, ROOT) == 0 && (rootState(lane) & ROOT_HAS_REFERENCE) == 0
}

/** The lane's root is known by its reference alone. */
export function isLaneBlinded(lane: usize): bool {
  return load<u32>(lane, ROOT) == 0 && (rootState(lane) & ROOT_HAS_REFERENCE) != 0
}

/** The only lane that is not empty, or 0 when there are none or several. */
export function singleLane(): usize {
  let found: usize = 0
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    if (isLaneEmpty(lanePtr(index))) continue
    if (found != 0) return 0
    found = lanePtr(index)
  }
  return found
}
