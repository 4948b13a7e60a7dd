/**
 * Proofs (EIP-1186): the nodes on the way from a root to a key, or to where the way ends.
 * Everything is hashed. Nodes that stand in their parent are not listed by themselves, as in geth's
 * proofs.
 */

import { PROOF_OFFSET, STORAGE_ROOT } from '../../src/layout/trie'
import { TRIE_EXCHANGE_OFFSET } from '../../src/layout/memory-map'
import { kernelScratch } from '../memory/thread'
import { revealEmbedded } from './decode'
import { encodeNode, finishList } from './encode'
import { isLaneBlinded, isLaneEmpty, LANE_POSITION, lanePtr, ROOT, singleLane } from './lane'
import { noteMissing } from './missing'
import {
  BRANCH,
  childCell,
  CHILDREN,
  depthOf,
  EMBEDDED,
  emptyRoot,
  hasBit,
  isHash,
  KEY,
  kindOf,
  STORAGE,
} from './node'
import { nibbleAt, sharedNibbles } from './nibbles'
import { encodeAt, hasExtension } from './reference'
import { findLeaf } from './find'
import { encodeTop, isTrieEmpty } from './top'

const REFERENCE_OFFSET: usize = 1472

// Worker-local: where the next node of the proof stands.
let next: usize = 0

@inline
function proofStart(): usize {
  return <usize>TRIE_EXCHANGE_OFFSET + PROOF_OFFSET
}

/** Where the proof ends; 0 when a node on the way is missing, which is noted. */
@inline
function proofEnd(isComplete: bool): usize {
  return isComplete ? next : 0
}

/** The leaf of the account whose hashed address is at `key`; 0 when it is not there. */
export function accountLeaf(key: usize): usize {
  return findLeaf(<usize>load<u32>(lanePtr(nibbleAt(key, 0)), ROOT), key)
}

/** The leaf of the slot whose hashed key is at `key`, in the storage of `account`; 0 likewise. */
export function slotLeaf(account: usize, key: usize): usize {
  return findLeaf(<usize>load<u32>(account, STORAGE), key)
}

/** Proves the account whose hashed address is at `key`. */
export function proveAccount(key: usize): usize {
  next = proofStart()
  if (isTrieEmpty()) return next
  const single = singleLane()
  if (single != 0) return proofEnd(prove(single, 0, <usize>load<u32>(single, ROOT), 0, key))
  putNode(encodeTop(), true)
  const lane = lanePtr(nibbleAt(key, 0))
  if (isLaneEmpty(lane)) return next
  if (isLaneBlinded(lane)) {
    noteMissing(lane, 0, key, LANE_POSITION)
    return 0
  }
  return proofEnd(prove(lane, 0, <usize>load<u32>(lane, ROOT), LANE_POSITION, key))
}

/** Proves the slot whose hashed key is at `key`, in the storage of `account` (a leaf). */
export function proveSlot(account: usize, key: usize): usize {
  next = proofStart()
  const lane = lanePtr(nibbleAt(account + KEY, 0))
  const storage = <usize>load<u32>(account, STORAGE)
  if (storage != 0) return proofEnd(prove(lane, account, storage, 0, key))
  if (isHash(account + STORAGE_ROOT, emptyRoot())) return next
  noteMissing(lane, account, key, 0)
  return 0
}

/** False when the way leads into a blinded node. */
function prove(lane: usize, owner: usize, root: usize, position: u32, key: usize): bool {
  let node = root
  while (true) {
    putNode(encodeAt(node, position, kernelScratch() + REFERENCE_OFFSET), position == 0)
    if (kindOf(node) != BRANCH) return true
    const depth = depthOf(node)
    if (sharedNibbles(node + KEY, key, depth) < depth) return true
    if (hasExtension(node, position)) putNode(encodeNode(node, depth), false)
    const nibble = nibbleAt(key, depth)
    if (!hasBit(node, CHILDREN, nibble)) return true
    if (load<u32>(childCell(node, nibble)) == 0) {
      if (!hasBit(node, EMBEDDED, nibble)) {
        noteMissing(lane, owner, key, depth + 1)
        return false
      }
      revealEmbedded(lane, owner, node, nibble)
    }
    node = <usize>load<u32>(childCell(node, nibble))
    position = depth + 1
  }
}

function putNode(end: usize, isRoot: bool): void {
  const start = finishList(end)
  const bytes = end - start
  if (bytes < 32 && !isRoot) return
  store<u32>(next, <u32>bytes)
  memory.copy(next + 4, start, bytes)
  next += (bytes + 7) & ~3
}
