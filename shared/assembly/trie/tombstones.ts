/**
 * Paths whose stored nodes are no more. The write-out gives them before all nodes of the lane, so a
 * path that got another node since keeps it.
 *
 *   Tombstone  0 next  4 kind u8  5 isStorage u8  6 nibbles u8  8 owner[32]  40 path[32]
 */

import { ENTRY_IS_STORAGE, ENTRY_KIND, ENTRY_NIBBLES } from '../../src/layout/trie'
import { ENTRY_OWNER, ENTRY_PATH } from '../../src/layout/trie'
import { TOMBSTONES } from './lane'
import { KEY } from './node'
import { copyKey } from './nibbles'
import { allocateNode } from './space'

export const TOMBSTONE_BYTES: usize = 72

/** `kind` is ENTRY_DELETE or ENTRY_CLEAR; the path is the first `nibbles` of `key`. */
export function bury(lane: usize, owner: usize, kind: u32, key: usize, nibbles: u32): void {
  const tombstone = allocateNode(lane, TOMBSTONE_BYTES)
  store<u32>(tombstone, load<u32>(lane, TOMBSTONES))
  store<u8>(tombstone, kind, ENTRY_KIND)
  store<u8>(tombstone, owner != 0 ? 1 : 0, ENTRY_IS_STORAGE)
  store<u8>(tombstone, nibbles, ENTRY_NIBBLES)
  if (owner != 0) copyKey(tombstone + ENTRY_OWNER, owner + KEY)
  copyKey(tombstone + ENTRY_PATH, key)
  store<u32>(lane, <u32>tombstone, TOMBSTONES)
}
