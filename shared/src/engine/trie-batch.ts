/** Changed nodes as the core's trie writes them out, one entry after the other (`layout/trie.ts`). */

import type { TrieNodePlace, TrieNodeSink } from '../chain/state-trie.ts'
import {
  ENTRY_CLEAR,
  ENTRY_IS_STORAGE,
  ENTRY_KIND,
  ENTRY_NIBBLES,
  ENTRY_OWNER,
  ENTRY_PATH,
  ENTRY_PUT,
  ENTRY_RLP,
  ENTRY_RLP_BYTES,
  ENTRY_SIZE,
} from '../layout/trie.ts'

/** Where a place stands in an entry. */
interface PlaceOffsets {
  readonly isStorage: number
  readonly nibbles: number
  readonly owner: number
  readonly path: number
}

/** Paths have two nibbles a byte there. */
export function readPlace(bytes: Uint8Array, at: number, offsets: PlaceOffsets): TrieNodePlace {
  const path = new Uint8Array(bytes[at + offsets.nibbles]!)
  for (let i = 0; i < path.length; i++) {
    const pair = bytes[at + offsets.path + (i >> 1)]!
    path[i] = i % 2 === 0 ? pair >> 4 : pair & 15
  }
  const isStorage = bytes[at + offsets.isStorage] !== 0
  const owner = at + offsets.owner
  return { owner: isStorage ? bytes.slice(owner, owner + 32) : undefined, path }
}

/** Hands the entries to the sink in their order; bytes of nodes are copies. */
export function readTrieBatch(bytes: Uint8Array, sink: TrieNodeSink): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const wordAt = (offset: number) => view.getUint32(offset, true)
  for (let at = 0; at < bytes.length; at += wordAt(at + ENTRY_SIZE)) {
    const place = readPlace(bytes, at, {
      isStorage: ENTRY_IS_STORAGE,
      nibbles: ENTRY_NIBBLES,
      owner: ENTRY_OWNER,
      path: ENTRY_PATH,
    })
    const kind = bytes[at + ENTRY_KIND]
    if (kind === ENTRY_CLEAR) sink.clear(place.owner!)
    else if (kind !== ENTRY_PUT) sink.remove(place)
    else {
      const rlp = at + ENTRY_RLP
      sink.put(place, bytes.slice(rlp, rlp + wordAt(at + ENTRY_RLP_BYTES)))
    }
  }
}
