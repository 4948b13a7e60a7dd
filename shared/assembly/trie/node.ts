/**
 * Nodes in memory. There are no extensions: a branch knows the nibble it divides by (its depth) and
 * the key up to there, and hangs where its parent ends, so the nibbles in between are its
 * extension. Leaves hold their whole key. So a node that moves up or down is not rewritten. A
 * blinded node has no record at all: its parent has its reference and no pointer.
 *
 *   Leaf and account: see layout/trie.ts
 *   Branch   0 kind  1 capacity  2 depth  4 generation  8 key[32], valid up to depth
 *            40 children u16  42 dirty u16  44 unsaved u16  46 embedded u16
 *            48 pointers u32 x capacity, then references[32] x capacity, in order of nibbles
 *
 * The four masks of a branch have a bit for each nibble: which children there are, whose reference
 * here is out of date, who changed since the last write-out, whose reference is a node shorter than
 * 32 bytes instead of a hash. A node's generation is that of the last change at it or below it.
 */

import {
  LEAF_VALUE,
  LEAF_VALUE_BYTES,
  ACCOUNT_CODE_HASH,
  STORAGE_ROOT,
} from '../../src/layout/trie'
import { generation, LONELY_COUNT } from './lane'
import { copyKey, KEY_BYTES } from './nibbles'
import { allocateNode, freeNode } from './space'

const LEAF: u32 = 1
export const ACCOUNT: u32 = 2
export const BRANCH: u32 = 3

export const GENERATION: usize = 4
export const KEY: usize = 8

export const ACCOUNT_FLAGS: usize = 1
export const STORAGE: usize = 144
/** Slots changed since the storage was hashed. */
export const STORAGE_CHANGES: usize = 148
const ACCOUNT_BYTES: usize = 152

/** ACCOUNT_FLAGS. Exists even if it is empty: its code was written, or it was stored. */
export const IS_RECORDED: u32 = 1
/** A staged change of the account waits for a node of its storage, and later ones for it. */
export const IS_HELD: u32 = 2
export const STORAGE_IS_DIRTY: u32 = 4
export const STORAGE_IS_UNSAVED: u32 = 8
/** Stands in the list of large storage tries. */
export const IS_LISTED: u32 = 16

const CAPACITY: usize = 1
const DEPTH: usize = 2
export const CHILDREN: usize = 40
export const DIRTY: usize = 42
export const UNSAVED: usize = 44
export const EMBEDDED: usize = 46
const POINTERS: usize = 48

// Hashes of nothing: the root of an empty trie, and empty code.
const EMPTY_ROOT: usize = memory.data<u8>([
  0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
  0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
])
const EMPTY_CODE: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
  0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])

@inline
export function emptyRoot(): usize {
  return EMPTY_ROOT
}

@inline
export function emptyCode(): usize {
  return EMPTY_CODE
}

@inline
export function copyEmptyRoot(out: usize): void {
  copyKey(out, EMPTY_ROOT)
}

export function isHash(at: usize, hash: usize): bool {
  return (
    load<u64>(at) == load<u64>(hash) &&
    load<u64>(at, 8) == load<u64>(hash, 8) &&
    load<u64>(at, 16) == load<u64>(hash, 16) &&
    load<u64>(at, 24) == load<u64>(hash, 24)
  )
}

@inline
export function kindOf(node: usize): u32 {
  return load<u8>(node)
}

/** A leaf for `key`, its value to be written by the caller. */
export function createLeaf(lane: usize, key: usize, valueBytes: u32): usize {
  const leaf = allocateNode(lane, LEAF_VALUE + <usize>valueBytes)
  store<u32>(leaf, LEAF | (valueBytes << 8))
  store<u32>(leaf, generation(), GENERATION)
  copyKey(leaf + KEY, key)
  return leaf
}

/** An account without nonce, balance, code or storage. */
export function createAccount(lane: usize, key: usize): usize {
  const account = allocateNode(lane, ACCOUNT_BYTES)
  memory.fill(account, 0, ACCOUNT_BYTES)
  store<u32>(account, ACCOUNT)
  store<u32>(account, generation(), GENERATION)
  copyKey(account + KEY, key)
  copyKey(account + ACCOUNT_CODE_HASH, EMPTY_CODE)
  copyKey(account + STORAGE_ROOT, EMPTY_ROOT)
  return account
}

/** A branch at `depth` without children; `key` is that of anything below it. */
export function createBranch(lane: usize, key: usize, depth: u32, capacity: u32): usize {
  const branch = allocateNode(lane, branchBytes(capacity))
  store<u32>(branch, BRANCH | (capacity << 8) | (depth << 16))
  store<u32>(branch, generation(), GENERATION)
  copyKey(branch + KEY, key)
  store<u64>(branch, 0, CHILDREN)
  return branch
}

@inline
function branchBytes(capacity: u32): usize {
  return POINTERS + <usize>capacity * (4 + KEY_BYTES)
}

/** Capacities are 2, 4, 8 and 16. */
export function capacityFor(count: u32): u32 {
  return count <= 2 ? 2 : count <= 4 ? 4 : count <= 8 ? 8 : 16
}

/** Frees the record of one node; what hangs below it is the caller's matter. */
export function freeRecord(lane: usize, node: usize): void {
  const kind = kindOf(node)
  if (kind == BRANCH) freeNode(lane, node, branchBytes(load<u8>(node, CAPACITY)))
  else if (kind == ACCOUNT) freeNode(lane, node, ACCOUNT_BYTES)
  else freeNode(lane, node, LEAF_VALUE + <usize>load<u8>(node, LEAF_VALUE_BYTES))
}

@inline
export function depthOf(branch: usize): u32 {
  return load<u8>(branch, DEPTH)
}

@inline
export function childCount(branch: usize): u32 {
  return popcnt<u32>(load<u16>(branch, CHILDREN))
}

@inline
export function hasBit(branch: usize, mask: usize, nibble: u32): bool {
  return ((<u32>load<u16>(branch + mask) >> nibble) & 1) != 0
}

@inline
export function setBit(branch: usize, mask: usize, nibble: u32): void {
  store<u16>(branch + mask, <u16>(<u32>load<u16>(branch + mask) | (1 << nibble)))
}

@inline
export function clearBit(branch: usize, mask: usize, nibble: u32): void {
  store<u16>(branch + mask, <u16>(<u32>load<u16>(branch + mask) & ~(1 << nibble)))
}

/** Place of the child among those there are. */
@inline
function indexOf(branch: usize, nibble: u32): usize {
  return <usize>popcnt<u32>(<u32>load<u16>(branch, CHILDREN) & ((1 << nibble) - 1))
}

/** Where the pointer to the child stands; 0 there: it is blinded. */
@inline
export function childCell(branch: usize, nibble: u32): usize {
  return branch + POINTERS + (indexOf(branch, nibble) << 2)
}

@inline
export function childReference(branch: usize, nibble: u32): usize {
  return referencesOf(branch) + indexOf(branch, nibble) * KEY_BYTES
}

@inline
export function referencesOf(branch: usize): usize {
  return branch + POINTERS + (<usize>load<u8>(branch, CAPACITY) << 2)
}

/**
 * Adds a child at a free nibble, out of date and unsaved; returns the branch, which is another
 * record when the one before had no room.
 */
export function addChild(lane: usize, branch: usize, nibble: u32, child: usize): usize {
  const count = childCount(branch)
  if (count == 1) store<u32>(lane, load<u32>(lane, LONELY_COUNT) - 1, LONELY_COUNT)
  if (count == <u32>load<u8>(branch, CAPACITY)) branch = grow(lane, branch, count)
  insertChild(branch, nibble, child)
  setBit(branch, DIRTY, nibble)
  setBit(branch, UNSAVED, nibble)
  return branch
}

/** Adds a child to a branch that has room; its reference is undefined. */
export function insertChild(branch: usize, nibble: u32, child: usize): void {
  const count = <usize>childCount(branch)
  const cell = childCell(branch, nibble)
  const reference = childReference(branch, nibble)
  const behind = count - indexOf(branch, nibble)
  memory.copy(cell + 4, cell, behind << 2)
  memory.copy(reference + KEY_BYTES, reference, behind * KEY_BYTES)
  store<u32>(cell, <u32>child)
  setBit(branch, CHILDREN, nibble)
}

function grow(lane: usize, branch: usize, count: u32): usize {
  const grown = createBranch(lane, branch + KEY, depthOf(branch), capacityFor(count + 1))
  store<u64>(grown, load<u64>(branch, CHILDREN), CHILDREN)
  memory.copy(grown + POINTERS, branch + POINTERS, <usize>count << 2)
  memory.copy(referencesOf(grown), referencesOf(branch), <usize>count * KEY_BYTES)
  freeRecord(lane, branch)
  return grown
}

export function removeChild(branch: usize, nibble: u32): void {
  const cell = childCell(branch, nibble)
  const reference = childReference(branch, nibble)
  const behind = <usize>childCount(branch) - indexOf(branch, nibble) - 1
  memory.copy(cell, cell + 4, behind << 2)
  memory.copy(reference, reference + KEY_BYTES, behind * KEY_BYTES)
  clearBit(branch, CHILDREN, nibble)
  clearBit(branch, DIRTY, nibble)
  clearBit(branch, UNSAVED, nibble)
  clearBit(branch, EMBEDDED, nibble)
}
