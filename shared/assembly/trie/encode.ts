/**
 * Nodes as RLP (Yellow Paper, appendix D), from the references that their parents keep. Each is
 * built in the thread's scratch behind the state of Keccak, one at a time: a payload first, whose
 * end is returned, and then the prefix before it (`finishList`).
 */

import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  LEAF_VALUE,
  LEAF_VALUE_BYTES,
  STORAGE_ROOT,
} from '../../src/layout/trie'
import { kernelScratch } from '../memory/thread'
import { ACCOUNT, BRANCH, CHILDREN, EMBEDDED, KEY, kindOf, referencesOf } from './node'
import { copyKey, KEY_BYTES, KEY_NIBBLES, nibbleAt } from './nibbles'

/** The longest prefix is three bytes; the payload of a full branch is 529. */
const PAYLOAD_OFFSET: usize = 520
const HASH_PREFIX: u32 = 0xa0

/** Where payloads begin. */
@inline
export function payloadStart(): usize {
  return kernelScratch() + PAYLOAD_OFFSET
}

/** Puts the list's prefix before the payload that ends at `end`; returns where the list begins. */
export function finishList(end: usize): usize {
  const start = payloadStart()
  const bytes = <u32>(end - start)
  if (bytes < 56) {
    store<u8>(start - 1, 0xc0 + bytes)
    return start - 1
  }
  if (bytes < 256) {
    store<u16>(start - 2, <u16>(0xf8 | (bytes << 8)))
    return start - 2
  }
  store<u8>(start - 3, 0xf9)
  store<u8>(start - 2, bytes >> 8)
  store<u8>(start - 1, bytes)
  return start - 3
}

/** Bytes of the short node that stands for its own reference: its prefix is one byte. */
@inline
export function embeddedBytes(reference: usize): usize {
  return <usize>load<u8>(reference) - 0xc0 + 1
}

@inline
function putHash(at: usize, hash: usize): usize {
  store<u8>(at, HASH_PREFIX)
  copyKey(at + 1, hash)
  return at + 1 + KEY_BYTES
}

/** A node without the extension before it; leaves are shortened to what is behind `position`. */
export function encodeNode(node: usize, position: u32): usize {
  const kind = kindOf(node)
  if (kind == BRANCH) return encodeBranch(node)
  if (kind == ACCOUNT) return encodeAccount(node, position)
  return encodeLeaf(node, position)
}

function encodeBranch(branch: usize): usize {
  const children = <u32>load<u16>(branch, CHILDREN)
  const embedded = <u32>load<u16>(branch, EMBEDDED)
  let reference = referencesOf(branch)
  let at = payloadStart()
  for (let nibble: u32 = 0; nibble < 16; nibble++) {
    if (((children >> nibble) & 1) == 0) {
      store<u8>(at++, 0x80)
      continue
    }
    at = putReference(at, reference, ((embedded >> nibble) & 1) != 0)
    reference += KEY_BYTES
  }
  store<u8>(at, 0x80)
  return at + 1
}

@inline
export function putReference(at: usize, reference: usize, isEmbedded: bool): usize {
  if (!isEmbedded) return putHash(at, reference)
  const bytes = embeddedBytes(reference)
  memory.copy(at, reference, bytes)
  return at + bytes
}

/** The extension of the nibbles from `position` to `end` of `key`. */
export function encodeExtension(
  key: usize,
  position: u32,
  end: u32,
  reference: usize,
  isEmbedded: bool,
): usize {
  const count = end - position
  const isOdd = count & 1
  let at = payloadStart()
  const bytes = (count >> 1) + 1
  if (bytes > 1) store<u8>(at++, 0x80 + bytes)
  store<u8>(at++, isOdd != 0 ? 0x10 | nibbleAt(key, position) : 0)
  for (let index = position + isOdd; index < end; index += 2) {
    store<u8>(at++, (nibbleAt(key, index) << 4) | nibbleAt(key, index + 1))
  }
  return putReference(at, reference, isEmbedded)
}

/** The rest of a leaf's key behind `position`, with flag and prefix. */
function putLeafPath(at: usize, key: usize, position: u32): usize {
  const isOdd = position & 1
  const rest = <usize>((KEY_NIBBLES - position) >> 1)
  if (rest > 0) store<u8>(at++, 0x81 + rest)
  store<u8>(at++, isOdd != 0 ? 0x30 | nibbleAt(key, position) : 0x20)
  memory.copy(at, key + KEY_BYTES - rest, rest)
  return at + rest
}

function encodeLeaf(leaf: usize, position: u32): usize {
  let at = putLeafPath(payloadStart(), leaf + KEY, position)
  const bytes = <usize>load<u8>(leaf, LEAF_VALUE_BYTES)
  if (bytes > 55) {
    store<u8>(at++, 0xb8)
    store<u8>(at++, bytes)
  } else if (bytes != 1 || load<u8>(leaf, LEAF_VALUE) >= 0x80) {
    store<u8>(at++, 0x80 + bytes)
  }
  memory.copy(at, leaf + LEAF_VALUE, bytes)
  return at + bytes
}

/** The value of an account is the list of nonce, balance, storage root and code hash. */
function encodeAccount(account: usize, position: u32): usize {
  const at = putLeafPath(payloadStart(), account + KEY, position)
  const fields = at + 4
  let end = putNumber(fields, account + ACCOUNT_NONCE, 1)
  end = putNumber(end, account + ACCOUNT_BALANCE, 4)
  end = putHash(end, account + STORAGE_ROOT)
  end = putHash(end, account + ACCOUNT_CODE_HASH)
  // 68 to 108 bytes: the lengths of the list and of the string around it take a byte each.
  const bytes = <u32>(end - fields)
  store<u8>(at, 0xb8)
  store<u8>(at + 1, bytes + 2)
  store<u8>(at + 2, 0xf8)
  store<u8>(at + 3, bytes)
  return end
}

/** A number of `limbs` little-endian limbs as RLP has integers. */
function putNumber(at: usize, limbs: usize, limbCount: u32): usize {
  let top = limbCount
  while (top > 0 && load<u64>(limbs + (<usize>(top - 1) << 3)) == 0) top--
  if (top == 0) {
    store<u8>(at, 0x80)
    return at + 1
  }
  const highest = load<u64>(limbs + (<usize>(top - 1) << 3))
  const bytes = ((top - 1) << 3) + ((71 - <u32>clz<u64>(highest)) >> 3)
  if (bytes == 1 && highest < 0x80) {
    store<u8>(at, <u8>highest)
    return at + 1
  }
  store<u8>(at++, 0x80 + bytes)
  for (let i = bytes; i > 0; i--) store<u8>(at++, load<u8>(limbs + <usize>(i - 1)))
  return at
}
