/**
 * A place in a snapshot: behind which entry. It is all that a server has to be told to go on, and the
 * same at every server that has the block.
 *
 *   nothing                       before the first entry
 *   00   hash (32)                behind that code
 *   01   address (20)             behind that account, before its slots
 *   02   address (20)  key (32)   behind that slot
 *   03   offset (4)               so far in the block's content, all else before it
 */

import { concatBytes } from '../../primitives/bytes.ts'
import { ADDRESS_BYTES, WORD_BYTES } from '../../store/repositories/slot-repository.ts'
import { ACCOUNT, BLOCK, CODE, InvalidSnapshotError, SLOT } from './snapshot-entry.ts'

export type SnapshotPlace =
  | { readonly kind: 'start' }
  | { readonly kind: typeof CODE; readonly hash: Uint8Array }
  | { readonly kind: typeof ACCOUNT; readonly address: Uint8Array }
  | { readonly kind: typeof SLOT; readonly address: Uint8Array; readonly key: Uint8Array }
  | { readonly kind: typeof BLOCK; readonly offset: number }

export const PLACE_BYTES_MAX = 1 + ADDRESS_BYTES + WORD_BYTES

const LENGTHS: Readonly<Record<number, number>> = {
  [CODE]: WORD_BYTES,
  [ACCOUNT]: ADDRESS_BYTES,
  [SLOT]: ADDRESS_BYTES + WORD_BYTES,
  [BLOCK]: 4,
}

export function encodePlace(place: SnapshotPlace): Uint8Array {
  if (place.kind === 'start') return new Uint8Array(0)
  const kind = Uint8Array.of(place.kind)
  switch (place.kind) {
    case CODE:
      return concatBytes(kind, place.hash)
    case ACCOUNT:
      return concatBytes(kind, place.address)
    case SLOT:
      return concatBytes(kind, place.address, place.key)
    case BLOCK: {
      const bytes = concatBytes(kind, new Uint8Array(4))
      new DataView(bytes.buffer).setUint32(1, place.offset)
      return bytes
    }
  }
}

/** @throws InvalidSnapshotError */
export function decodePlace(bytes: Uint8Array): SnapshotPlace {
  const kind = bytes[0]
  if (kind === undefined) return { kind: 'start' }
  const rest = bytes.slice(1)
  if (rest.length !== LENGTHS[kind]) throw new InvalidSnapshotError('no place in a snapshot')
  if (kind === CODE) return { kind, hash: rest }
  if (kind === ACCOUNT) return { kind, address: rest }
  if (kind === BLOCK) return { kind, offset: new DataView(rest.buffer).getUint32(0) }
  const [address, key] = [rest.slice(0, ADDRESS_BYTES), rest.slice(ADDRESS_BYTES)]
  return { kind: SLOT, address, key }
}
