/**
 * What changed since the last write-out, for a store that keeps nodes by their paths: first the
 * paths whose nodes are no more, then the nodes. The host reads EXCHANGE batch by batch; whatever
 * is written loses its mark, so that the next batch begins where this one had no more room.
 * Everything is hashed and nobody changes the trie meanwhile.
 */

import { TRIE_EXCHANGE_BYTES, TRIE_EXCHANGE_OFFSET } from '../../src/layout/memory-map'
import {
  ENTRY_DELETE,
  ENTRY_IS_STORAGE,
  ENTRY_KIND,
  ENTRY_NIBBLES,
  ENTRY_OWNER,
  ENTRY_PATH,
  ENTRY_PUT,
  ENTRY_RLP,
  ENTRY_RLP_BYTES,
  ENTRY_SIZE,
  LANE_COUNT,
  TRIE_GENERATION,
  TRIE_WAS_SINGLE,
} from '../../src/layout/trie'
import { kernelScratch } from '../memory/thread'
import { encodeNode, finishList } from './encode'
import {
  generation,
  LANE_POSITION,
  laneIndex,
  lanePtr,
  markRoot,
  ROOT,
  ROOT_IS_UNSAVED,
  rootState,
  singleLane,
  TOMBSTONES,
  trieWord,
  unmarkRoot,
} from './lane'
import {
  ACCOUNT,
  ACCOUNT_FLAGS,
  BRANCH,
  childCell,
  clearBit,
  depthOf,
  KEY,
  kindOf,
  STORAGE,
  STORAGE_IS_UNSAVED,
  UNSAVED,
} from './node'
import { copyKey, setNibble } from './nibbles'
import { encodeAt, hasExtension } from './reference'
import { freeNode } from './space'
import { bury, TOMBSTONE_BYTES } from './tombstones'
import { encodeTop, isTrieEmpty } from './top'

/** A full branch with its entry, rounded up; a node comes with its extension. */
const ENTRY_BYTES_MAX: usize = 640
const REFERENCE_OFFSET: usize = 1440

// Worker-local: where the next entry of the batch stands.
let entry: usize = 0

/** Before the first batch: the only lane's root is stored at the root, others a nibble below. */
export function beginWriteOut(): void {
  const wasSingle = load<u32>(trieWord(TRIE_WAS_SINGLE)) != 0
  const single = singleLane()
  if (single != 0 && (rootState(single) & ROOT_IS_UNSAVED) == 0 && wasSingle) return
  if (single != 0) {
    markRoot(single, ROOT_IS_UNSAVED)
    const path = kernelScratch() + REFERENCE_OFFSET
    setNibble(path, 0, laneIndex(single))
    bury(single, 0, ENTRY_DELETE, path, LANE_POSITION)
  } else if (wasSingle) {
    for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
      if (load<u32>(lanePtr(index), ROOT) != 0) markRoot(lanePtr(index), ROOT_IS_UNSAVED)
    }
  }
}

/** After the last batch: the next generation begins. */
export function endWriteOut(): void {
  store<u32>(trieWord(TRIE_WAS_SINGLE), singleLane() != 0 ? 1 : 0)
  store<u32>(trieWord(TRIE_GENERATION), generation() + 1)
}

/** Writes a batch of the lane's entries; returns its bytes, 0 when the lane has none left. */
export function writeLane(index: u32): u32 {
  entry = <usize>TRIE_EXCHANGE_OFFSET
  const lane = lanePtr(index)
  if (!writeTombstones(lane)) return batchBytes()
  if ((rootState(lane) & ROOT_IS_UNSAVED) == 0) return batchBytes()
  const root = <usize>load<u32>(lane, ROOT)
  const position = singleLane() == lane ? 0 : LANE_POSITION
  if (root == 0 || writeSubtrie(0, root, position)) unmarkRoot(lane, ROOT_IS_UNSAVED)
  return batchBytes()
}

/** Writes the root's entry unless the only lane wrote it; returns its bytes. */
export function writeTop(): u32 {
  entry = <usize>TRIE_EXCHANGE_OFFSET
  if (singleLane() != 0) return 0
  if (isTrieEmpty()) {
    beginEntry(ENTRY_DELETE, 0, entry, 0)
    endEntry(0)
  } else {
    writeEncoded(0, entry, 0, encodeTop(), true)
  }
  return batchBytes()
}

@inline
function batchBytes(): u32 {
  return <u32>(entry - <usize>TRIE_EXCHANGE_OFFSET)
}

/** For two entries, a node and its extension. */
@inline
function hasRoom(): bool {
  return batchBytes() + 2 * ENTRY_BYTES_MAX <= <usize>TRIE_EXCHANGE_BYTES
}

function writeTombstones(lane: usize): bool {
  while (true) {
    const tombstone = <usize>load<u32>(lane, TOMBSTONES)
    if (tombstone == 0) return true
    if (!hasRoom()) return false
    memory.copy(entry, tombstone, TOMBSTONE_BYTES)
    endEntry(0)
    store<u32>(lane, load<u32>(tombstone), TOMBSTONES)
    freeNode(lane, tombstone, TOMBSTONE_BYTES)
  }
}

/** Writes what changed from the node down, its own entry last; false when the batch is full. */
function writeSubtrie(owner: usize, node: usize, position: u32): bool {
  const kind = kindOf(node)
  if (kind == ACCOUNT && !writeStorage(node)) return false
  if (kind == BRANCH) {
    for (let left = <u32>load<u16>(node, UNSAVED); left != 0; left &= left - 1) {
      const nibble = ctz<u32>(left)
      const child = <usize>load<u32>(childCell(node, nibble))
      if (!writeSubtrie(owner, child, depthOf(node) + 1)) return false
      clearBit(node, UNSAVED, nibble)
    }
  }
  if (!hasRoom()) return false
  const isRoot = position == 0
  if (hasExtension(node, position)) {
    writeEncoded(owner, node + KEY, depthOf(node), encodeNode(node, depthOf(node)), false)
  }
  const reference = kernelScratch() + REFERENCE_OFFSET
  writeEncoded(owner, node + KEY, position, encodeAt(node, position, reference), isRoot)
  return true
}

function writeStorage(account: usize): bool {
  const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  if ((flags & STORAGE_IS_UNSAVED) == 0) return true
  const storage = <usize>load<u32>(account, STORAGE)
  if (storage != 0 && !writeSubtrie(account, storage, 0)) return false
  store<u8>(account, flags & ~STORAGE_IS_UNSAVED, ACCOUNT_FLAGS)
  return true
}

/** Entry of the node whose payload ends at `end`; one that stands in its parent has none. */
function writeEncoded(owner: usize, key: usize, nibbles: u32, end: usize, isRoot: bool): void {
  const start = finishList(end)
  const bytes = <u32>(end - start)
  if (bytes < 32 && !isRoot) {
    beginEntry(ENTRY_DELETE, owner, key, nibbles)
    endEntry(0)
    return
  }
  beginEntry(ENTRY_PUT, owner, key, nibbles)
  memory.copy(entry + ENTRY_RLP, start, <usize>bytes)
  endEntry(bytes)
}

function beginEntry(kind: u32, owner: usize, key: usize, nibbles: u32): void {
  store<u8>(entry, kind, ENTRY_KIND)
  store<u8>(entry, owner != 0 ? 1 : 0, ENTRY_IS_STORAGE)
  store<u8>(entry, nibbles, ENTRY_NIBBLES)
  if (owner != 0) copyKey(entry + ENTRY_OWNER, owner + KEY)
  copyKey(entry + ENTRY_PATH, key)
}

function endEntry(rlpBytes: u32): void {
  const bytes = (<u32>ENTRY_RLP + rlpBytes + 7) & ~7
  store<u32>(entry, bytes, ENTRY_SIZE)
  store<u32>(entry, rlpBytes, ENTRY_RLP_BYTES)
  entry += <usize>bytes
}
