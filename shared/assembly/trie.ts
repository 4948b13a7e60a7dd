/** The trie with slots of any key and value, beside the core, for its tests. */

import { writeSlot } from './trie/apply'
import { LANE_POSITION, lanePtr, markRoot, ROOT, ROOT_IS_DIRTY, ROOT_IS_UNSAVED } from './trie/lane'
import { ACCOUNT_FLAGS, KEY, STORAGE_IS_DIRTY, STORAGE_IS_UNSAVED } from './trie/node'
import { nibbleAt } from './trie/nibbles'
import { walk } from './trie/walk'

export * from './index'

/**
 * Sets the leaf at `key`[32] in the storage trie of the account (a leaf of the account trie) to
 * `bytes` bytes at `value`, or removes it if there are none. False: a node is missing.
 */
export function setRawSlot(account: usize, key: usize, value: usize, bytes: u32): bool {
  const lane = lanePtr(nibbleAt(account + KEY, 0))
  walk(lane, 0, lane + ROOT, LANE_POSITION, account + KEY)
  markRoot(lane, ROOT_IS_DIRTY | ROOT_IS_UNSAVED)
  const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  store<u8>(account, flags | STORAGE_IS_DIRTY | STORAGE_IS_UNSAVED, ACCOUNT_FLAGS)
  return writeSlot(lane, account, key, value, bytes)
}
