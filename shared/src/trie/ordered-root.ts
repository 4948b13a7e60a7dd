/**
 * Root of a trie that is known as a whole and never read again: it is folded bottom-up from its sorted
 * keys, and no node is kept. Such is the trie that maps `rlp(index)` to the item at that index:
 * transactions, receipts and withdrawals of a block (Yellow Paper 4.3.3, appendix D).
 */

import { bigIntToMinimalBytes, compareBytes } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT, keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { encodeRlp } from '../primitives/rlp.ts'

/** Keys are of any length, and may be prefixes of others. */
export interface TrieEntry {
  readonly key: Uint8Array
  /** Not empty. */
  readonly value: Uint8Array
}

interface Entry {
  /** The whole key, a nibble per byte. */
  readonly nibbles: Uint8Array
  readonly value: Uint8Array
}

const EMPTY = new Uint8Array(0)

/** The root, 32 bytes. Items are the trie's values as they are, and none may be empty. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  return entriesRoot(items.map((value, index) => ({ key: keyOfIndex(index), value })))
}

/** The root, 32 bytes, of a trie with these entries, whose keys are distinct. */
export function entriesRoot(entries: readonly TrieEntry[]): Uint8Array {
  if (entries.length === 0) return EMPTY_TRIE_ROOT
  const sorted = entries
    .map(({ key, value }) => ({ nibbles: nibblesOf(key), value }))
    .sort((a, b) => compareBytes(a.nibbles, b.nibbles))
  return keccak256(encodeRlp(nodeOf(sorted, 0)))
}

function keyOfIndex(index: number): Uint8Array {
  return encodeRlp(bigIntToMinimalBytes(BigInt(index)))
}

function nibblesOf(key: Uint8Array): Uint8Array {
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

/** Entries are sorted, so what the outermost two share, all share; the first is the shorter one. */
function sharedNibbles(first: Entry, last: Entry, from: number): number {
  let count = from
  while (count < first.nibbles.length && first.nibbles[count] === last.nibbles[count]) count++
  return count
}

/** An entry whose key ends at the branch comes first; it is the branch's own value. */
function branchOf(entries: readonly Entry[], depth: number): RlpItem {
  const children: RlpItem[] = []
  const own = entries[0]!.nibbles.length === depth ? entries[0]!.value : EMPTY
  let start = own === EMPTY ? 0 : 1
  for (let nibble = 0; nibble < 16; nibble++) {
    let end = start
    while (end < entries.length && entries[end]!.nibbles[depth] === nibble) end++
    children.push(start === end ? EMPTY : referenceTo(nodeOf(entries.slice(start, end), depth + 1)))
    start = end
  }
  return [...children, own]
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
