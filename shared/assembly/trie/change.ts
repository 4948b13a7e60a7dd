/**
 * Changes of the structure: a leaf is added, which may divide what is there; a leaf is removed,
 * which may leave a branch with one child. Such a branch collapses into the child; when that is
 * blinded, the branch stays for the moment, lonely, because it may get another child before the
 * root is asked for.
 */

import { ENTRY_CLEAR, ENTRY_DELETE, LEAF_VALUE_BYTES } from '../../src/layout/trie'
import { revealEmbedded } from './decode'
import { LONELY_COUNT } from './lane'
import { unlistLarge } from './large'
import { noteMissing } from './missing'
import {
  ACCOUNT,
  addChild,
  BRANCH,
  childCell,
  childCount,
  CHILDREN,
  createAccount,
  createBranch,
  createLeaf,
  depthOf,
  DIRTY,
  EMBEDDED,
  freeRecord,
  hasBit,
  insertChild,
  KEY,
  kindOf,
  removeChild,
  setBit,
  STORAGE,
  UNSAVED,
} from './node'
import { nibbleAt } from './nibbles'
import { bury } from './tombstones'
import {
  BLINDED,
  FOUND,
  NO_CHILD,
  walk,
  walkCell,
  walkParentCell,
  walkParentPosition,
  walkPosition,
  walkSplit,
} from './walk'

/**
 * The leaf of `key`, added if there is none, below a root that is not blinded: with room for a
 * value that the caller writes, or an account when `valueBytes` is 0. Returns 0 when the way is
 * blinded.
 */
export function place(
  lane: usize,
  owner: usize,
  root: usize,
  position: u32,
  key: usize,
  valueBytes: u32,
): usize {
  if (load<u32>(root) == 0) {
    const only = createFor(lane, key, valueBytes)
    store<u32>(root, <u32>only)
    return only
  }
  const found = walk(lane, owner, root, position, key)
  if (found == BLINDED) {
    noteMissing(lane, owner, key, walkPosition)
    return 0
  }
  if (found == FOUND) return fitted(lane, <usize>load<u32>(walkCell), valueBytes)
  const leaf = createFor(lane, key, valueBytes)
  if (found == NO_CHILD) {
    const branch = <usize>load<u32>(walkCell)
    const grown = addChild(lane, branch, nibbleAt(key, depthOf(branch)), leaf)
    store<u32>(walkCell, <u32>grown)
  } else {
    divide(lane, leaf)
  }
  return leaf
}

function createFor(lane: usize, key: usize, valueBytes: u32): usize {
  return valueBytes == 0 ? createAccount(lane, key) : createLeaf(lane, key, valueBytes)
}

/** The leaf at the walk's end, replaced when its value has another length. */
function fitted(lane: usize, leaf: usize, valueBytes: u32): usize {
  if (valueBytes == 0 || valueBytes == <u32>load<u8>(leaf, LEAF_VALUE_BYTES)) return leaf
  const replaced = createLeaf(lane, leaf + KEY, valueBytes)
  freeRecord(lane, leaf)
  store<u32>(walkCell, <u32>replaced)
  return replaced
}

/** Puts a branch with what is there and the leaf where their keys part. */
function divide(lane: usize, leaf: usize): void {
  const node = <usize>load<u32>(walkCell)
  const branch = createBranch(lane, leaf + KEY, walkSplit, 2)
  adopt(branch, node)
  adopt(branch, leaf)
  store<u32>(walkCell, <u32>branch)
}

function adopt(branch: usize, node: usize): void {
  const nibble = nibbleAt(node + KEY, depthOf(branch))
  insertChild(branch, nibble, node)
  setBit(branch, DIRTY, nibble)
  setBit(branch, UNSAVED, nibble)
}

/** Removes the leaf of `key` if there is one; false when the way is blinded. */
export function remove(
  lane: usize,
  owner: usize,
  root: usize,
  position: u32,
  key: usize,
): bool {
  if (load<u32>(root) == 0) return true
  const found = walk(lane, owner, root, position, key)
  if (found == BLINDED) noteMissing(lane, owner, key, walkPosition)
  if (found != FOUND) return found != BLINDED
  const leaf = <usize>load<u32>(walkCell)
  bury(lane, owner, ENTRY_DELETE, key, walkPosition)
  if (walkParentCell == 0) {
    store<u32>(root, 0)
  } else {
    const branch = <usize>load<u32>(walkParentCell)
    removeChild(branch, nibbleAt(key, depthOf(branch)))
    if (childCount(branch) == 1) collapse(lane, owner, walkParentCell, walkParentPosition)
  }
  freeRecord(lane, leaf)
  return true
}

/** The branch at `cell` has one child left, which takes its place, or has to be revealed first. */
export function collapse(lane: usize, owner: usize, cell: usize, position: u32): void {
  const branch = <usize>load<u32>(cell)
  const nibble = ctz<u32>(load<u16>(branch, CHILDREN))
  if (load<u32>(childCell(branch, nibble)) == 0) {
    if (!hasBit(branch, EMBEDDED, nibble)) {
      store<u32>(lane, load<u32>(lane, LONELY_COUNT) + 1, LONELY_COUNT)
      return
    }
    revealEmbedded(lane, owner, branch, nibble)
  }
  const child = <usize>load<u32>(childCell(branch, nibble))
  const depth = depthOf(branch)
  if (depth != position) bury(lane, owner, ENTRY_DELETE, branch + KEY, depth)
  if (kindOf(child) != BRANCH || depthOf(child) != depth + 1) {
    bury(lane, owner, ENTRY_DELETE, child + KEY, depth + 1)
  }
  store<u32>(cell, <u32>child)
  freeRecord(lane, branch)
}

/** Frees the node with all that hangs below it. */
export function freeSubtrie(lane: usize, node: usize): void {
  const kind = kindOf(node)
  if (kind == BRANCH) {
    const count = childCount(node)
    if (count == 1) store<u32>(lane, load<u32>(lane, LONELY_COUNT) - 1, LONELY_COUNT)
    let cell = childCell(node, 0)
    for (let i: u32 = 0; i < count; i++, cell += 4) {
      const child = <usize>load<u32>(cell)
      if (child != 0) freeSubtrie(lane, child)
    }
  } else if (kind == ACCOUNT) {
    const storage = <usize>load<u32>(node, STORAGE)
    if (storage != 0) freeSubtrie(lane, storage)
    unlistLarge(node)
  }
  freeRecord(lane, node)
}

/** All nodes of the storage trie of `account` are no more. */
export function buryStorage(lane: usize, account: usize): void {
  bury(lane, account, ENTRY_CLEAR, account + KEY, 0)
}
