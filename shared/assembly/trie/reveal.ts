/**
 * Nodes that the host supplies for blinded ones. Each is compared with the hash that is expected at
 * its place, so a store that has another node there is found out.
 */

import { keccak256 } from '../keccak/keccak'
import { kernelScratch } from '../memory/thread'
import { TRIE_EXCHANGE_OFFSET } from '../../src/layout/memory-map'
import {
  LANE_COUNT,
  MISSING_IS_STORAGE,
  MISSING_NIBBLES,
  MISSING_OWNER,
  MISSING_PATH,
  REVEALED,
  REVEAL_BEHIND_BYTES,
  REVEAL_NEEDLESS,
  REVEAL_RLP,
  REVEAL_RLP_BYTES,
  REVEAL_WRONG,
  STORAGE_ROOT,
  TRIE_WAS_SINGLE,
} from '../../src/layout/trie'
import { collapse } from './change'
import {
  decodeNode,
  extensionChild,
  firstNibble,
  isBranch,
  isList,
  itemData,
  nextItem,
} from './decode'
import { embeddedBytes } from './encode'
import { findLeaf } from './find'
import {
  generation,
  isLaneBlinded,
  LANE_POSITION,
  lanePtr,
  LONELY_COUNT,
  markRoot,
  ROOT,
  ROOT_HAS_REFERENCE,
  ROOT_IS_DIRTY,
  ROOT_IS_EMBEDDED,
  ROOT_REFERENCE,
  trieWord,
} from './lane'
import {
  BRANCH,
  childCell,
  childCount,
  childReference,
  CHILDREN,
  depthOf,
  EMBEDDED,
  GENERATION,
  hasBit,
  KEY,
  kindOf,
  STORAGE,
} from './node'
import { copyKey, nibbleAt, setNibble, sharedNibbles } from './nibbles'

/** Behind the parts of encoder, decoder and changes. */
const HASH_OFFSET: usize = 1376
const PATH_OFFSET: usize = 1408

@inline
function exchange(): usize {
  return <usize>TRIE_EXCHANGE_OFFSET
}

@inline
function suppliedRlp(): usize {
  return exchange() + REVEAL_RLP
}

/** The branch behind the supplied extension. */
function suppliedBehind(): usize {
  return suppliedRlp() + ((<usize>load<u32>(exchange(), REVEAL_RLP_BYTES) + 7) & ~7)
}

function isHashOf(expected: usize, rlp: usize, bytes: u32): bool {
  const hash = kernelScratch() + HASH_OFFSET
  keccak256(hash, rlp, <usize>bytes)
  return sharedNibbles(hash, expected, 64) == 64
}

/** The supplied nodes are what `expected`[32] names, with the branch behind an extension. */
function isExpected(expected: usize): bool {
  const rlp = suppliedRlp()
  if (!isHashOf(expected, rlp, load<u32>(exchange(), REVEAL_RLP_BYTES))) return false
  const child = extensionChild(rlp)
  if (child == 0 || isList(child)) return true
  const bytes = load<u32>(exchange(), REVEAL_BEHIND_BYTES)
  return bytes != 0 && isHashOf(itemData(child), suppliedBehind(), bytes)
}

/** Reveals the node in EXCHANGE at its path. Nobody holds its lane; returns REVEALED or why not. */
export function reveal(): u32 {
  const isStorage = load<u8>(exchange(), MISSING_IS_STORAGE) != 0
  const nibbles = <u32>load<u8>(exchange(), MISSING_NIBBLES)
  const path = exchange() + MISSING_PATH
  if (!isStorage) return revealAccount(path, nibbles)
  const key = exchange() + MISSING_OWNER
  const lane = lanePtr(nibbleAt(key, 0))
  const account = findLeaf(<usize>load<u32>(lane, ROOT), key)
  if (account == 0) return REVEAL_NEEDLESS
  const storage = <usize>load<u32>(account, STORAGE)
  if (nibbles != 0) return revealChild(lane, account, account + STORAGE, 0)
  if (storage != 0) return REVEAL_NEEDLESS
  if (!isExpected(account + STORAGE_ROOT)) return REVEAL_WRONG
  store<u32>(account, <u32>supplied(lane, account, path, 0), STORAGE)
  return REVEALED
}

function revealAccount(path: usize, nibbles: u32): u32 {
  const lane = lanePtr(nibbleAt(path, 0))
  if (nibbles > LANE_POSITION) return revealChild(lane, 0, lane + ROOT, LANE_POSITION)
  if (!isLaneBlinded(lane)) return REVEAL_NEEDLESS
  if (!isExpected(lane + ROOT_REFERENCE)) return REVEAL_WRONG
  store<u32>(lane, <u32>supplied(lane, 0, path, LANE_POSITION), ROOT)
  return REVEALED
}

function supplied(lane: usize, owner: usize, path: usize, position: u32): usize {
  return decodeNode(lane, owner, path, position, suppliedRlp(), suppliedBehind())
}

/** Reveals a child of the branch below `root` that the path leads to. */
function revealChild(lane: usize, owner: usize, root: usize, position: u32): u32 {
  const path = exchange() + MISSING_PATH
  const nibbles = <u32>load<u8>(exchange(), MISSING_NIBBLES)
  const cell = parentCell(root, position, path, nibbles)
  if (cell == 0) return REVEAL_NEEDLESS
  const branch = <usize>load<u32>(cell)
  const nibble = nibbleAt(path, nibbles - 1)
  if (!hasBit(branch, CHILDREN, nibble) || load<u32>(childCell(branch, nibble)) != 0) {
    return REVEAL_NEEDLESS
  }
  if (hasBit(branch, EMBEDDED, nibble)) return REVEAL_NEEDLESS
  if (!isExpected(childReference(branch, nibble))) return REVEAL_WRONG
  store<u32>(childCell(branch, nibble), <u32>supplied(lane, owner, path, nibbles))
  if (childCount(branch) == 1) {
    store<u32>(lane, load<u32>(lane, LONELY_COUNT) - 1, LONELY_COUNT)
    collapse(lane, owner, cell, parentPosition)
  }
  return REVEALED
}

// Worker-local: the nibbles that lead to what hangs at the cell that `parentCell` found.
let parentPosition: u32 = 0

/** The cell of the branch that divides by the last nibble of the path; 0 if there is none. */
function parentCell(root: usize, position: u32, path: usize, nibbles: u32): usize {
  let cell = root
  parentPosition = position
  while (true) {
    const node = <usize>load<u32>(cell)
    if (node == 0 || kindOf(node) != BRANCH) return 0
    const depth = depthOf(node)
    if (depth >= nibbles || sharedNibbles(node + KEY, path, depth) < depth) return 0
    store<u32>(node, generation(), GENERATION)
    if (depth == nibbles - 1) return cell
    const nibble = nibbleAt(path, depth)
    if (!hasBit(node, CHILDREN, nibble)) return 0
    cell = childCell(node, nibble)
    parentPosition = depth + 1
  }
}

/**
 * Opens an empty trie at the root whose hash (at MISSING_OWNER) and node stand in EXCHANGE. The
 * lanes stay blinded, unless there is only one.
 */
export function open(): u32 {
  if (!isExpected(exchange() + MISSING_OWNER)) return REVEAL_WRONG
  const rlp = suppliedRlp()
  const isSingle = !isBranch(rlp)
  store<u32>(trieWord(TRIE_WAS_SINGLE), isSingle ? 1 : 0)
  if (isSingle) {
    const lane = lanePtr(firstNibble(rlp))
    store<u32>(lane, <u32>supplied(lane, 0, exchange() + MISSING_PATH, 0), ROOT)
    // What it is known by one nibble further down is not known yet.
    markRoot(lane, ROOT_IS_DIRTY)
    return REVEALED
  }
  let item = itemData(rlp)
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    if (<u32>load<u8>(item) != 0x80) openLane(index, item)
    item = nextItem(item)
  }
  return REVEALED
}

function openLane(index: u32, item: usize): void {
  const lane = lanePtr(index)
  markRoot(lane, ROOT_HAS_REFERENCE)
  if (!isList(item)) {
    copyKey(lane + ROOT_REFERENCE, itemData(item))
    return
  }
  markRoot(lane, ROOT_IS_EMBEDDED)
  memory.copy(lane + ROOT_REFERENCE, item, embeddedBytes(item))
  const path = kernelScratch() + PATH_OFFSET
  setNibble(path, 0, index)
  store<u32>(lane, <u32>decodeNode(lane, 0, path, LANE_POSITION, item, 0), ROOT)
}
