/**
 * References: what a parent, or the root, knows a node by. The hash of its RLP, or the RLP itself
 * when that is shorter than a hash. Only what is out of date is computed, from the leaves up.
 */

import { STORAGE_ROOT } from '../../src/layout/trie'
import { keccak256 } from '../keccak/keccak'
import { encodeExtension, encodeNode, finishList } from './encode'
import {
  ACCOUNT,
  ACCOUNT_FLAGS,
  BRANCH,
  childCell,
  childReference,
  clearBit,
  copyEmptyRoot,
  depthOf,
  DIRTY,
  EMBEDDED,
  KEY,
  kindOf,
  setBit,
  STORAGE,
  STORAGE_CHANGES,
  STORAGE_IS_DIRTY,
} from './node'

export const HASH_BYTES: usize = 32

/** Writes the reference of `node`, hanging at `position`, to `out`[32]; true: it is embedded. */
export function refresh(node: usize, position: u32, out: usize): bool {
  refreshBelow(node)
  return referTo(node, position, out)
}

/** The same for a root, which is known by its hash however short it is. */
function refreshRoot(node: usize, position: u32, out: usize): void {
  refreshBelow(node)
  rootHash(node, position, out)
}

/** Brings all references that the node keeps up to date. */
export function refreshBelow(node: usize): void {
  const kind = kindOf(node)
  if (kind == ACCOUNT) refreshStorage(node)
  if (kind != BRANCH) return
  const position = depthOf(node) + 1
  for (let dirty = <u32>load<u16>(node, DIRTY); dirty != 0; dirty &= dirty - 1) {
    const nibble = ctz<u32>(dirty)
    const child = <usize>load<u32>(childCell(node, nibble))
    markHashed(node, nibble, refresh(child, position, childReference(node, nibble)))
  }
}

/** The branch has the child's reference. */
export function markHashed(branch: usize, nibble: u32, isEmbedded: bool): void {
  if (isEmbedded) setBit(branch, EMBEDDED, nibble)
  else clearBit(branch, EMBEDDED, nibble)
  clearBit(branch, DIRTY, nibble)
}

function refreshStorage(account: usize): void {
  if ((<u32>load<u8>(account, ACCOUNT_FLAGS) & STORAGE_IS_DIRTY) == 0) return
  const storage = <usize>load<u32>(account, STORAGE)
  if (storage == 0) copyEmptyRoot(account + STORAGE_ROOT)
  else refreshRoot(storage, 0, account + STORAGE_ROOT)
  markStorageHashed(account)
}

/** The account has the root of its storage. */
export function markStorageHashed(account: usize): void {
  const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  store<u8>(account, flags & ~STORAGE_IS_DIRTY, ACCOUNT_FLAGS)
  store<u32>(account, 0, STORAGE_CHANGES)
}

/** The reference of a node all of whose own references are up to date. */
function referTo(node: usize, position: u32, out: usize): bool {
  const end = encodeAt(node, position, out)
  const start = finishList(end)
  const bytes = end - start
  if (bytes >= HASH_BYTES) {
    keccak256(out, start, bytes)
    return false
  }
  memory.copy(out, start, bytes)
  return true
}

export function rootHash(node: usize, position: u32, out: usize): void {
  const end = encodeAt(node, position, out)
  const start = finishList(end)
  keccak256(out, start, end - start)
}

/**
 * Encodes what stands at `position`: the node, or the extension that leads to it; returns the end
 * of the payload. `out`[32] is scratch for the node's own reference.
 */
export function encodeAt(node: usize, position: u32, out: usize): usize {
  if (!hasExtension(node, position)) return encodeNode(node, position)
  const depth = depthOf(node)
  const isEmbedded = referTo(node, depth, out)
  return encodeExtension(node + KEY, position, depth, out, isEmbedded)
}

@inline
export function hasExtension(node: usize, position: u32): bool {
  return kindOf(node) == BRANCH && depthOf(node) != position
}
