/** Nodes from a store to the core's trie: what it misses, and what it is given. */

import type { TrieNodePlace, TrieNodeSource } from '../chain/state-trie.ts'
import {
  TRIE_EXCHANGE_OFFSET,
  TRIE_MISSING_OFFSET,
  TRIE_MISSING_STRIDE,
} from '../layout/memory-map.ts'
import {
  LANE_COUNT,
  MISSING_BYTES,
  MISSING_IS_STORAGE,
  MISSING_NIBBLES,
  MISSING_OWNER,
  MISSING_PATH,
  REVEAL_BEHIND_BYTES,
  REVEAL_RLP,
  REVEAL_RLP_BYTES,
  REVEAL_WRONG,
} from '../layout/trie.ts'
import { BaseError } from '../primitives/base-error.ts'
import { bytesToHex, concatBytes } from '../primitives/bytes.ts'
import { decodeRlp } from '../primitives/rlp.ts'
import type { CoreThread } from './core-thread.ts'
import { storeWord } from './core-thread.ts'
import { readPlace } from './trie-batch.ts'

/** The store has no node, or another one, where the trie's hashes say that there is one. */
export class TrieNodeError extends BaseError {
  override readonly name = 'Engine.TrieNodeError'
}

/** What the last operation missed, each place once; the lists in the core are empty then. */
export function takeMissing(thread: CoreThread): TrieNodePlace[] {
  const places = new Map<string, TrieNodePlace>()
  for (let lane = 0; lane < LANE_COUNT; lane++) {
    const count = thread.core.missingCountOf(lane)
    for (let i = 0; i < count; i++) {
      const at = TRIE_MISSING_OFFSET + lane * TRIE_MISSING_STRIDE + i * MISSING_BYTES
      const place = readPlace(thread.bytes, at, {
        isStorage: MISSING_IS_STORAGE,
        nibbles: MISSING_NIBBLES,
        owner: MISSING_OWNER,
        path: MISSING_PATH,
      })
      places.set(nameOf(place), place)
    }
    thread.core.clearMissing(lane)
  }
  return [...places.values()]
}

function nameOf({ owner, path }: TrieNodePlace): string {
  const where = owner === undefined ? 'account' : `storage of ${bytesToHex(owner)}`
  return `${where}, path ${[...path].map((nibble) => nibble.toString(16)).join('')}`
}

/**
 * Reveals the node at `place`.
 * @throws TrieNodeError when the source does not have it, or another one
 */
export function supplyNode(thread: CoreThread, place: TrieNodePlace, source: TrieNodeSource): void {
  const at = TRIE_EXCHANGE_OFFSET
  thread.bytes[at + MISSING_IS_STORAGE] = place.owner === undefined ? 0 : 1
  thread.bytes[at + MISSING_NIBBLES] = place.path.length
  if (place.owner !== undefined) thread.bytes.set(place.owner, at + MISSING_OWNER)
  thread.bytes.set(packPath(place.path), at + MISSING_PATH)
  const rlp = writeNode(thread, place, source)
  if (thread.core.reveal() === REVEAL_WRONG) throw wrongNode(place, rlp)
}

/**
 * Makes the empty trie one with that root, whose nodes are blinded.
 * @throws TrieNodeError when the source does not have the root, or another one
 */
export function supplyRoot(thread: CoreThread, root: Uint8Array, source: TrieNodeSource): void {
  const place = { owner: undefined, path: new Uint8Array(0) }
  thread.bytes.set(root, TRIE_EXCHANGE_OFFSET + MISSING_OWNER)
  const rlp = writeNode(thread, place, source)
  if (thread.core.openTrie() === REVEAL_WRONG) throw wrongNode(place, rlp)
}

function wrongNode(place: TrieNodePlace, rlp: Uint8Array): TrieNodeError {
  return new TrieNodeError(`not the node that belongs there: ${nameOf(place)}`, {
    details: bytesToHex(rlp),
  })
}

/** Puts the node, and what is behind it if it is an extension, where the core looks for them. */
function writeNode(thread: CoreThread, place: TrieNodePlace, source: TrieNodeSource): Uint8Array {
  const rlp = existingNode(place, source)
  const behindPath = extensionPath(rlp)
  const behind =
    behindPath &&
    existingNode({ owner: place.owner, path: concatBytes(place.path, behindPath) }, source)
  const at = TRIE_EXCHANGE_OFFSET
  storeWord(thread, at + REVEAL_RLP_BYTES, rlp.length)
  storeWord(thread, at + REVEAL_BEHIND_BYTES, behind?.length ?? 0)
  thread.bytes.set(rlp, at + REVEAL_RLP)
  if (behind) thread.bytes.set(behind, at + REVEAL_RLP + ((rlp.length + 7) & ~7))
  return rlp
}

function existingNode(place: TrieNodePlace, source: TrieNodeSource): Uint8Array {
  const rlp = source.node(place)
  if (rlp === undefined) throw new TrieNodeError(`no node where one must be: ${nameOf(place)}`)
  return rlp
}

/** Nibbles of an extension that names its branch by hash; undefined for other nodes. */
function extensionPath(rlp: Uint8Array): Uint8Array | undefined {
  const [path, child, third] = decodeRlp(rlp) as (Uint8Array | readonly Uint8Array[])[]
  if (third !== undefined || !(path instanceof Uint8Array) || !(child instanceof Uint8Array)) return
  const first = path[0]!
  if ((first & 0x20) !== 0) return
  const nibbles = [...path].flatMap((byte) => [byte >> 4, byte & 15])
  return Uint8Array.from(nibbles.slice((first & 0x10) === 0 ? 2 : 1))
}

function packPath(path: Uint8Array): Uint8Array {
  const packed = new Uint8Array(32)
  for (const [i, nibble] of path.entries()) {
    packed[i >> 1]! |= i % 2 === 0 ? nibble << 4 : nibble
  }
  return packed
}
