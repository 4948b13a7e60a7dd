/**
 * How far a snapshot is loaded, as the store that it is loaded into keeps it with each chunk.
 *
 *   0     32   root of the trie over what is loaded
 *   32    8    entries
 *   40    8    bytes of content
 *   48    1    1: slots of the last account must follow
 *   49    n    place behind the last entry
 */

import { concatBytes } from '../../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT } from '../../primitives/keccak.ts'
import { numberAt, numberKey } from '../../store/keys.ts'
import { BLOCK } from './snapshot-entry.ts'
import type { SnapshotPlace } from './snapshot-place.ts'
import { decodePlace, encodePlace } from './snapshot-place.ts'

export interface SnapshotProgress {
  readonly root: Uint8Array
  readonly entryCount: number
  readonly byteCount: number
  /** The last account says that it has slots, and none has come yet. */
  readonly wantsSlot: boolean
  readonly place: SnapshotPlace
}

export const NO_PROGRESS: SnapshotProgress = {
  root: EMPTY_TRIE_ROOT,
  entryCount: 0,
  byteCount: 0,
  wantsSlot: false,
  place: { kind: 'start' },
}

const COUNTS_OFFSET = 32
const WANTS_SLOT_OFFSET = COUNTS_OFFSET + 16
const PLACE_OFFSET = WANTS_SLOT_OFFSET + 1

/** Of the block's content, which is in memory until it is whole, nothing is there after a restart. */
export function encodeProgress(progress: SnapshotProgress): Uint8Array {
  const { root, entryCount, byteCount, wantsSlot, place } = progress
  const kept: SnapshotPlace = place.kind === BLOCK ? { kind: BLOCK, offset: 0 } : place
  return concatBytes(
    root,
    numberKey(BigInt(entryCount)),
    numberKey(BigInt(byteCount)),
    Uint8Array.of(wantsSlot ? 1 : 0),
    encodePlace(kept),
  )
}

export function decodeProgress(bytes: Uint8Array): SnapshotProgress {
  return {
    root: bytes.slice(0, COUNTS_OFFSET),
    entryCount: Number(numberAt(bytes, COUNTS_OFFSET)),
    byteCount: Number(numberAt(bytes, COUNTS_OFFSET + 8)),
    wantsSlot: bytes[WANTS_SLOT_OFFSET] === 1,
    place: decodePlace(bytes.slice(PLACE_OFFSET)),
  }
}
