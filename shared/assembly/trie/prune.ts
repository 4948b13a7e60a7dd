/**
 * Blinding what was not touched for the longest. A node's generation is never older than that of
 * anything below it, so a subtree is dropped where its top is old. What is dropped is in the store:
 * everything is hashed and written out.
 */

import { LANE_COUNT } from '../../src/layout/trie'
import { freeSubtrie } from './change'
import { generation, lanePtr, ROOT, USED_BYTES } from './lane'
import { ACCOUNT, BRANCH, childCell, childCount, GENERATION, kindOf, STORAGE } from './node'

/** Bytes of all nodes. */
export function trieBytes(): u64 {
  let bytes: u64 = 0
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    bytes += load<u64>(lanePtr(index), USED_BYTES)
  }
  return bytes
}

/**
 * Blinds old subtrees until at most `limit` bytes are left, or nothing is left but the lanes'
 * roots. What was touched in the last `age` generations goes only after everything older has gone.
 */
export function prune(limit: u64): void {
  for (let age = generation(); trieBytes() > limit; age >>= 1) {
    const oldest = generation() - age
    for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
      const lane = lanePtr(index)
      const root = <usize>load<u32>(lane, ROOT)
      if (root != 0) pruneBelow(lane, root, oldest)
    }
    if (age == 0) return
  }
}

/** Blinds what hangs below the node and is older than generation `oldest`. */
function pruneBelow(lane: usize, node: usize, oldest: u32): void {
  const kind = kindOf(node)
  if (kind == ACCOUNT) pruneCell(lane, node + STORAGE, oldest)
  if (kind != BRANCH) return
  let cell = childCell(node, 0)
  for (let left = childCount(node); left > 0; left--, cell += 4) pruneCell(lane, cell, oldest)
}

function pruneCell(lane: usize, cell: usize, oldest: u32): void {
  const node = <usize>load<u32>(cell)
  if (node == 0) return
  if (load<u32>(node, GENERATION) >= oldest) {
    pruneBelow(lane, node, oldest)
    return
  }
  freeSubtrie(lane, node)
  store<u32>(cell, 0)
}
