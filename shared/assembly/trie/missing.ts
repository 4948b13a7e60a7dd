/**
 * Nodes that an operation met blinded, by their paths. A lane notes them while it goes on with what
 * it can do; the host then reads them all, supplies the nodes and repeats.
 */

import { TRIE_MISSING_OFFSET, TRIE_MISSING_STRIDE } from '../../src/layout/memory-map'
import {
  MISSING_BYTES,
  MISSING_IS_STORAGE,
  MISSING_NIBBLES,
  MISSING_OWNER,
  MISSING_PATH,
} from '../../src/layout/trie'
import { laneIndex, lanePtr, MISSING_COUNT } from './lane'
import { KEY } from './node'
import { copyKey } from './nibbles'

const COUNT_MAX: u32 = <u32>(TRIE_MISSING_STRIDE / MISSING_BYTES)

@inline
export function missingCount(lane: usize): u32 {
  return load<u32>(lane, MISSING_COUNT)
}

@inline
export function hasMissingRoom(lane: usize): bool {
  return missingCount(lane) < COUNT_MAX
}

@inline
function missingPtr(lane: usize, index: u32): usize {
  const part = <usize>TRIE_MISSING_OFFSET + <usize>laneIndex(lane) * TRIE_MISSING_STRIDE
  return part + <usize>index * MISSING_BYTES
}

/**
 * Notes the node at the first `nibbles` of `key`, unless there is no room: what waits for it will
 * ask again. Returns where its path stands.
 */
export function noteMissing(lane: usize, owner: usize, key: usize, nibbles: u32): usize {
  const count = missingCount(lane)
  const ptr = missingPtr(lane, min<u32>(count, COUNT_MAX - 1))
  if (count < COUNT_MAX) store<u32>(lane, count + 1, MISSING_COUNT)
  store<u8>(ptr, owner != 0 ? 1 : 0, MISSING_IS_STORAGE)
  store<u8>(ptr, nibbles, MISSING_NIBBLES)
  if (owner != 0) copyKey(ptr + MISSING_OWNER, owner + KEY)
  copyKey(ptr + MISSING_PATH, key)
  return ptr + MISSING_PATH
}

/** How many nodes the lane is missing; they stand in its part of the region. */
export function missingCountOf(index: u32): u32 {
  return missingCount(lanePtr(index))
}

/** The host has read what the lane is missing. */
export function clearMissing(index: u32): void {
  store<u32>(lanePtr(index), 0, MISSING_COUNT)
}
