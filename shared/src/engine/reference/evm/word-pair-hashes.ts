/**
 * Hashes of 64-byte messages, kept: nearly all are the places of mapping entries in storage, and
 * contracts compute the same few over and over, in one transaction and in the next.
 */

import { keccak256 } from '../../../primitives/keccak.ts'
import { keyOfBytes } from '../state/location-key.ts'

const PAIR_BYTES = 64
/** Hashes kept before all are forgotten; each costs about 200 bytes. */
const CACHE_ENTRIES = 16384

const hashes = new Map<string, Uint8Array>()

/** Keccak-256; the result must not be mutated. */
export function cachedKeccak256(message: Uint8Array): Uint8Array {
  if (message.length !== PAIR_BYTES) return keccak256(message)
  const key = keyOfBytes(message.subarray(0, 32)) + keyOfBytes(message.subarray(32))
  let hash = hashes.get(key)
  if (hash === undefined) {
    hash = keccak256(message)
    if (hashes.size === CACHE_ENTRIES) hashes.clear()
    hashes.set(key, hash)
  }
  return hash
}
