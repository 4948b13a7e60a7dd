/**
 * Nodes from their RLP. The hash of a node has been compared with the reference that its parent
 * keeps before it comes here, so that its form is as it must be.
 */

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  LEAF_VALUE,
  STORAGE_ROOT,
} from '../../src/layout/trie'
import { kernelScratch } from '../memory/thread'
import { embeddedBytes } from './encode'
import {
  ACCOUNT_FLAGS,
  capacityFor,
  childCell,
  childReference,
  createAccount,
  createBranch,
  createLeaf,
  depthOf,
  EMBEDDED,
  insertChild,
  IS_RECORDED,
  KEY,
  setBit,
} from './node'
import { copyKey, nibbleAt, setNibble } from './nibbles'

/** Where a path is put together, behind the encoder's part of the scratch. */
const PATH_OFFSET: usize = 1152
const EMPTY_STRING: u32 = 0x80
const LIST: u32 = 0xc0

/** The payload of the item at `at`. */
export function itemData(at: usize): usize {
  const first = <u32>load<u8>(at)
  if (first < 0x80) return at
  if (first < 0xb8 || (first >= LIST && first < 0xf8)) return at + 1
  return at + 1 + <usize>(first < LIST ? first - 0xb7 : first - 0xf7)
}

function itemBytes(at: usize): usize {
  const first = <u32>load<u8>(at)
  if (first < 0x80) return 1
  if (first < 0xb8) return <usize>(first - 0x80)
  if (first >= LIST && first < 0xf8) return <usize>(first - LIST)
  let count = first < LIST ? first - 0xb7 : first - 0xf7
  let bytes: usize = 0
  for (let i: usize = 1; count > 0; count--, i++) bytes = (bytes << 8) | <usize>load<u8>(at + i)
  return bytes
}

@inline
export function nextItem(at: usize): usize {
  return itemData(at) + itemBytes(at)
}

@inline
export function isList(at: usize): bool {
  return <u32>load<u8>(at) >= LIST
}

/** A node of 17 items; others have two. */
export function isBranch(rlp: usize): bool {
  const end = nextItem(rlp)
  const third = nextItem(nextItem(itemData(rlp)))
  return third < end
}

/** The first nibble of the path of a leaf or an extension. */
export function firstNibble(rlp: usize): u32 {
  const path = itemData(itemData(rlp))
  return pathNibble(path, 0)
}

@inline
function isOddPath(path: usize): bool {
  return (load<u8>(path) & 0x10) != 0
}

/** Nibble of an encoded path, its flag left out. */
@inline
function pathNibble(path: usize, index: u32): u32 {
  return nibbleAt(path, index + (isOddPath(path) ? 1 : 2))
}

/** For an extension, the item that refers to the branch behind it; else 0. */
export function extensionChild(rlp: usize): usize {
  if (isBranch(rlp)) return 0
  const path = itemData(rlp)
  return (load<u8>(itemData(path)) & 0x20) != 0 ? 0 : nextItem(path)
}

/**
 * The node of the RLP, which hangs at the first `position` nibbles of `key`; `behind` is the RLP of
 * the branch that an extension names by hash. `owner` is 0 in the account trie.
 */
export function decodeNode(
  lane: usize,
  owner: usize,
  key: usize,
  position: u32,
  rlp: usize,
  behind: usize,
): usize {
  if (isBranch(rlp)) return decodeBranch(lane, key, position, rlp)
  const path = itemData(rlp)
  const value = nextItem(path)
  const full = kernelScratch() + PATH_OFFSET
  const end = readPath(full, key, position, itemData(path), itemBytes(path))
  if ((load<u8>(itemData(path)) & 0x20) == 0) {
    return decodeBranch(lane, full, end, isList(value) ? value : behind)
  }
  if (owner == 0) return decodeAccount(lane, full, itemData(value))
  const bytes = itemBytes(value)
  const leaf = createLeaf(lane, full, <u32>bytes)
  memory.copy(leaf + LEAF_VALUE, itemData(value), bytes)
  return leaf
}

/** `out`[32] becomes the start of the key with the encoded path behind it; returns its nibbles. */
function readPath(out: usize, key: usize, position: u32, path: usize, bytes: usize): u32 {
  if (out != key) copyKey(out, key)
  const count = (<u32>bytes << 1) - (isOddPath(path) ? 1 : 2)
  for (let i: u32 = 0; i < count; i++) setNibble(out, position + i, pathNibble(path, i))
  return position + count
}

function decodeBranch(lane: usize, key: usize, depth: u32, rlp: usize): usize {
  let count: u32 = 0
  let item = itemData(rlp)
  for (let nibble = 0; nibble < 16; nibble++) {
    if (<u32>load<u8>(item) != EMPTY_STRING) count++
    item = nextItem(item)
  }
  const branch = createBranch(lane, key, depth, capacityFor(count))
  item = itemData(rlp)
  for (let nibble: u32 = 0; nibble < 16; nibble++) {
    if (<u32>load<u8>(item) != EMPTY_STRING) readChild(branch, nibble, item)
    item = nextItem(item)
  }
  return branch
}

function readChild(branch: usize, nibble: u32, item: usize): void {
  insertChild(branch, nibble, 0)
  const reference = childReference(branch, nibble)
  if (!isList(item)) {
    copyKey(reference, itemData(item))
    return
  }
  memory.copy(reference, item, embeddedBytes(item))
  setBit(branch, EMBEDDED, nibble)
}

/** What was stored exists: an empty account among it has been recorded. */
function decodeAccount(lane: usize, key: usize, fields: usize): usize {
  const account = createAccount(lane, key)
  let item = itemData(fields)
  readNumber(account + ACCOUNT_NONCE, item)
  item = nextItem(item)
  readNumber(account + ACCOUNT_BALANCE, item)
  item = nextItem(item)
  copyKey(account + STORAGE_ROOT, itemData(item))
  item = nextItem(item)
  copyKey(account + ACCOUNT_CODE_HASH, itemData(item))
  store<u8>(account, IS_RECORDED, ACCOUNT_FLAGS)
  return account
}

/** Big-endian bytes into limbs that are zero. */
function readNumber(limbs: usize, item: usize): void {
  const data = itemData(item)
  const bytes = itemBytes(item)
  for (let i: usize = 0; i < bytes; i++) store<u8>(limbs + i, load<u8>(data + bytes - 1 - i))
}

/** Makes a node of a child that stands in the branch itself. */
export function revealEmbedded(lane: usize, owner: usize, branch: usize, nibble: u32): void {
  const path = kernelScratch() + PATH_OFFSET
  copyKey(path, branch + KEY)
  setNibble(path, depthOf(branch), nibble)
  const rlp = childReference(branch, nibble)
  const node = decodeNode(lane, owner, path, depthOf(branch) + 1, rlp, 0)
  store<u32>(childCell(branch, nibble), <u32>node)
}
