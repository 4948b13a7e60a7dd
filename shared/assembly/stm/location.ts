/**
 * The table of locations: one record for every balance, nonce, code, slot and storage epoch ever
 * met, found by its key. Records are only added (compare-and-swap on the bucket) and stay where
 * they are until the host drops the state, so that their address is the location's id everywhere.
 * A record holds the value before the block; the versions within the block hang off it.
 */

import { HASH_SEED } from '../../src/layout/control'
import {
  BUCKET_COUNT,
  BUCKET_STRIDE,
  BUCKETS_OFFSET,
  CONTROL_OFFSET,
} from '../../src/layout/memory-map'
import {
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
  LOCATION_ADDRESS,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
  LOCATION_HASH,
  LOCATION_KEY,
  LOCATION_KIND,
  LOCATION_NEXT,
} from '../../src/layout/records'
import { allocateState } from '../memory/arena'
import { atomicWord } from '../memory/atomic-word'
import { wordCopy, wordEquals } from '../u256/word'

const MIX: u64 = 0x9e3779b97f4a7c15

/** The location of `kind` of the account at `address` (20 bytes), for slots with `key` (a word). */
export function locate(kind: u32, address: usize, key: usize): usize {
  const hash = hashOf(kind, address, key)
  const bucket = <usize>(hash & (BUCKET_COUNT - 1)) * BUCKET_STRIDE + BUCKETS_OFFSET
  let first = atomicWord(bucket).load()
  let found = find(first, 0, hash, kind, address, key)
  if (found != 0) return found
  const location = create(kind, hash, address, key)
  while (true) {
    store<u32>(location, first, LOCATION_NEXT)
    if (atomicWord(bucket).replace(first, <u32>location)) return location
    const seen = first
    first = atomicWord(bucket).load()
    found = find(first, seen, hash, kind, address, key)
    if (found != 0) return found
  }
}

function find(first: u32, end: u32, hash: u32, kind: u32, address: usize, key: usize): usize {
  for (let at: usize = first; at != end; at = load<u32>(at, LOCATION_NEXT)) {
    if (load<u32>(at, LOCATION_HASH) != hash || load<u32>(at, LOCATION_KIND) != kind) continue
    if (!sameAddress(at + LOCATION_ADDRESS, address)) continue
    if (kind != KIND_SLOT || wordEquals(at + LOCATION_KEY, key)) return at
  }
  return 0
}

function create(kind: u32, hash: u32, address: usize, key: usize): usize {
  const location = allocateState(LOCATION_BYTES)
  store<u32>(location, hash, LOCATION_HASH)
  store<u32>(location, kind, LOCATION_KIND)
  memory.copy(location + LOCATION_ADDRESS, address, 20)
  if (kind == KIND_SLOT) {
    wordCopy(location + LOCATION_KEY, key)
    const epoch = <u32>locate(KIND_STORAGE_EPOCH, address, 0)
    store<u32>(location, epoch, LOCATION_EPOCH_LOCATION)
  }
  return location
}

@inline
export function sameAddress(a: usize, b: usize): bool {
  return (
    load<u64>(a) == load<u64>(b) &&
    load<u64>(a, 8) == load<u64>(b, 8) &&
    load<u32>(a, 16) == load<u32>(b, 16)
  )
}

// Seeded by the host, so that nobody outside can choose keys that share a bucket.
function hashOf(kind: u32, address: usize, key: usize): u32 {
  let h = <u64>load<u32>(CONTROL_OFFSET + HASH_SEED) ^ (<u64>kind << 32)
  h = mix(h ^ load<u64>(address))
  h = mix(h ^ load<u64>(address, 8))
  h = mix(h ^ <u64>load<u32>(address, 16))
  if (kind == KIND_SLOT) {
    h = mix(h ^ load<u64>(key))
    h = mix(h ^ load<u64>(key, 8))
    h = mix(h ^ load<u64>(key, 16))
    h = mix(h ^ load<u64>(key, 24))
  }
  return <u32>(h >> 32)
}

@inline
export function mix(value: u64): u64 {
  const h = value * MIX
  return h ^ (h >> 29)
}
