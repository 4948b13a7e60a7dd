/**
 * Root of the trie that maps `rlp(index)` to the item at that index: transactions, receipts and
 * withdrawals of a block (Yellow Paper 4.3.3, appendix D). Items come one after the other, and what
 * no later one can change is hashed at once, so that little is left to do behind the last: sixteen
 * neighbours become a branch, sixteen such branches another. The rest is folded bottom-up from its
 * sorted keys.
 */

import { bigIntToMinimalBytes, compareBytes } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT, keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { encodeRlp } from '../primitives/rlp.ts'

/** What stands under a key, or under all keys that begin alike. */
interface Entry {
  /** The whole key of a leaf, the common beginning of a subtree's; a nibble per byte. */
  readonly nibbles: Uint8Array
  /** Of a leaf. */
  readonly value?: Uint8Array
  /** To the branch at the end of `nibbles`, in place of a value. */
  readonly reference?: RlpItem
}

const EMPTY = new Uint8Array(0)
const WIDTH = 16

/** The root, 32 bytes. Items are the trie's values as they are, and none may be empty. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  const trie = new OrderedTrie()
  for (const item of items) trie.add(item)
  return trie.root()
}

export class OrderedTrie {
  /** In order of their indices. */
  readonly #entries: Entry[] = []
  #count = 0

  /** The item at the next index. */
  add(value: Uint8Array): void {
    this.#entries.push({ nibbles: nibblesOfIndex(this.#count), value })
    this.#count++
    for (let size = WIDTH; this.#isFoldable(size); size *= WIDTH) this.#fold()
  }

  /** Of all items so far, 32 bytes. */
  root(): Uint8Array {
    if (this.#count === 0) return EMPTY_TRIE_ROOT
    const entries = [...this.#entries].sort((a, b) => compareBytes(a.nibbles, b.nibbles))
    return keccak256(encodeRlp(nodeOf(entries, 0)))
  }

  /** Whether the newest `size` items are all that ever stand under one branch. */
  #isFoldable(size: number): boolean {
    // The lowest do not begin alike: RLP of 0 is 0x80, and keys grow a byte longer at 128 and 256.
    return this.#count % size === 0 && this.#count >= 2 * size
  }

  #fold(): void {
    const entries = this.#entries.splice(-WIDTH)
    const nibbles = entries[0]!.nibbles.slice(0, -1)
    this.#entries.push({ nibbles, reference: referenceTo(branchOf(entries, nibbles.length)) })
  }
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

/** What a parent holds for sorted entries that agree in their first `depth` nibbles. */
function referenceOf(entries: readonly Entry[], depth: number): RlpItem {
  const [first] = entries
  if (first!.reference !== undefined && first!.nibbles.length === depth) return first!.reference
  return referenceTo(nodeOf(entries, depth))
}

/** The node over such entries, unless it is a subtree's branch. */
function nodeOf(entries: readonly Entry[], depth: number): RlpItem {
  const { nibbles, value, reference } = entries[0]!
  if (entries.length > 1) {
    const shared = sharedNibbles(nibbles, entries.at(-1)!.nibbles, depth)
    if (shared === depth) return branchOf(entries, depth)
    const branch = referenceTo(branchOf(entries, shared))
    return [hexPrefix(nibbles.subarray(depth, shared), false), branch]
  }
  const path = hexPrefix(nibbles.subarray(depth), value !== undefined)
  return [path, (value ?? reference)!]
}

/** Entries are sorted, so what the outermost two share, all share. */
function sharedNibbles(first: Uint8Array, last: Uint8Array, from: number): number {
  let count = from
  while (first[count] === last[count]) count++
  return count
}

/** RLP of an index is never a prefix of another's, so a branch carries no value of its own. */
function branchOf(entries: readonly Entry[], depth: number): RlpItem {
  const children: RlpItem[] = []
  let start = 0
  for (let nibble = 0; nibble < WIDTH; nibble++) {
    let end = start
    while (end < entries.length && entries[end]!.nibbles[depth] === nibble) end++
    children.push(start === end ? EMPTY : referenceOf(entries.slice(start, end), depth + 1))
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
