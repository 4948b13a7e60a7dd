/**
 * Root of the trie that maps `rlp(index)` to the item at that index: transactions, receipts and
 * withdrawals of a block (Yellow Paper 4.3.3, appendix D). The whole trie is known at once and never
 * read again, so it is folded bottom-up from its sorted keys and no node is kept.
 */

import { bigIntToMinimalBytes, compareBytes } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT, keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { encodeRlp } from '../primitives/rlp.ts'

interface Entry {
  /** The whole key, a nibble per byte. */
  readonly nibbles: Uint8Array
  readonly value: Uint8Array
}

const EMPTY = new Uint8Array(0)

/** The root, 32 bytes. Items are the trie's values as they are, and none may be empty. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) return EMPTY_TRIE_ROOT
  const entries = items
    .map((value, index) => ({ nibbles: nibblesOfIndex(index), value }))
    .sort((a, b) => compareBytes(a.nibbles, b.nibbles))
  return keccak256(encodeRlp(nodeOf(entries, 0)))
}

function nibblesOfIndex(index: number): Uint8Array {
  const key = encodeRlp(bigIntToMinimalBytes(BigInt(index)))
  const nibbles = new Uint8Array(key.length * 2)
  for (const [i, byte] of key.entries()) {
    nibbles[2 * i] = byte >> 4
    nibbles[2 * i + 1] = byte & 15
  }
  return nibbles
}

/** The node over sorted entries that agree in their first `depth` nibbles. */
function nodeOf(entries: readonly Entry[], depth: number): RlpItem {
  const first = entries[0]!
  if (entries.length === 1) return [hexPrefix(first.nibbles.subarray(depth), true), first.value]
  const shared = sharedNibbles(first, entries.at(-1)!, depth)
  if (shared === depth) return branchOf(entries, depth)
  const path = hexPrefix(first.nibbles.subarray(depth, shared), false)
  return [path, referenceTo(branchOf(entries, shared))]
}

/** Entries are sorted, so what the outermost two share, all share. */
function sharedNibbles(first: Entry, last: Entry, from: number): number {
  let count = from
  while (first.nibbles[count] === last.nibbles[count]) count++
  return count
}

/** RLP of an index is never a prefix of another's, so a branch carries no value of its own. */
function branchOf(entries: readonly Entry[], depth: number): RlpItem {
  const children: RlpItem[] = []
  let start = 0
  for (let nibble = 0; nibble < 16; nibble++) {
    let end = start
    while (end < entries.length && entries[end]!.nibbles[depth] === nibble) end++
    children.push(start === end ? EMPTY : referenceTo(nodeOf(entries.slice(start, end), depth + 1)))
    start = end
  }
  return [...children, EMPTY]
}

/** A node shorter than a hash stands in its parent itself. */
function referenceTo(node: RlpItem): RlpItem {
  const encoded = encodeRlp(node)
  return encoded.length < 32 ? node : keccak256(encoded)
}

/** Nibbles packed into bytes behind a flag for odd length and leaf (Yellow Paper, appendix C). */
function hexPrefix(nibbles: Uint8Array, isLeaf: boolean): Uint8Array {
  const isOdd = nibbles.length % 2 === 1
  const flag = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0)
  const whole = isOdd ? [flag, ...nibbles] : [flag, 0, ...nibbles]
  const packed = new Uint8Array(whole.length / 2)
  for (let i = 0; i < packed.length; i++) {
    packed[i] = (whole[2 * i]! << 4) | whole[2 * i + 1]!
  }
  return packed
}
