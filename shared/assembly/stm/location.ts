/**
 * The table of locations: one record for every slot ever met, and for every account one each for
 * its balance, nonce, code and storage epoch, side by side; found by address and key. Records are
 * only added (compare-and-swap on the bucket) and stay where they are until the host drops the
 * state, so that their address is the location's id everywhere. A record holds the value before the
 * block; the versions within the block hang off it.
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
  if (kind == KIND_SLOT) return locateSlot(address, key)
  return locateAccount(address) + <usize>kind * LOCATION_BYTES
}

/** The first of the four locations of the account at `address` (20 bytes). */
export function locateAccount(address: usize): usize {
  const hash = hashOf(address)
  const bucket = bucketOf(hash)
  let first = atomicWord(bucket).load()
  let found = findAccount(first, 0, hash, address)
  if (found != 0) return found
  const account = createAccount(hash, address)
  while (!link(bucket, first, account)) {
    const seen = first
    first = atomicWord(bucket).load()
    found = findAccount(first, seen, hash, address)
    if (found != 0) return found
  }
  return account
}

/** The location of the slot `key` (a word) of the account at `address` (20 bytes). */
export function locateSlot(address: usize, key: usize): usize {
  const hash = hashOfSlot(address, key)
  const bucket = bucketOf(hash)
  let first = atomicWord(bucket).load()
  let found = findSlot(first, 0, hash, address, key)
  if (found != 0) return found
  const slot = createSlot(hash, address, key)
  while (!link(bucket, first, slot)) {
    const seen = first
    first = atomicWord(bucket).load()
    found = findSlot(first, seen, hash, address, key)
    if (found != 0) return found
  }
  return slot
}

@inline
function bucketOf(hash: u32): usize {
  return <usize>(hash & (BUCKET_COUNT - 1)) * BUCKET_STRIDE + BUCKETS_OFFSET
}

@inline
function link(bucket: usize, first: u32, location: usize): bool {
  store<u32>(location, first, LOCATION_NEXT)
  return atomicWord(bucket).replace(first, <u32>location)
}

function findAccount(first: u32, end: u32, hash: u32, address: usize): usize {
  for (let at: usize = first; at != end; at = load<u32>(at, LOCATION_NEXT)) {
    if (load<u32>(at, LOCATION_HASH) != hash || load<u32>(at, LOCATION_KIND) == KIND_SLOT) continue
    if (sameAddress(at + LOCATION_ADDRESS, address)) return at
  }
  return 0
}

function findSlot(first: u32, end: u32, hash: u32, address: usize, key: usize): usize {
  for (let at: usize = first; at != end; at = load<u32>(at, LOCATION_NEXT)) {
    if (load<u32>(at, LOCATION_HASH) != hash || load<u32>(at, LOCATION_KIND) != KIND_SLOT) continue
    if (wordEquals(at + LOCATION_KEY, key) && sameAddress(at + LOCATION_ADDRESS, address)) return at
  }
  return 0
}

function createAccount(hash: u32, address: usize): usize {
  const account = allocateState(LOCATION_BYTES * KIND_SLOT)
  store<u32>(account, hash, LOCATION_HASH)
  for (let kind = 0; kind < KIND_SLOT; kind++) {
    const location = account + <usize>kind * LOCATION_BYTES
    store<u32>(location, kind, LOCATION_KIND)
    memory.copy(location + LOCATION_ADDRESS, address, 20)
  }
  return account
}

function createSlot(hash: u32, address: usize, key: usize): usize {
  const slot = allocateState(LOCATION_BYTES)
  store<u32>(slot, hash, LOCATION_HASH)
  store<u32>(slot, KIND_SLOT, LOCATION_KIND)
  memory.copy(slot + LOCATION_ADDRESS, address, 20)
  wordCopy(slot + LOCATION_KEY, key)
  store<u32>(slot, <u32>locate(KIND_STORAGE_EPOCH, address, 0), LOCATION_EPOCH_LOCATION)
  return slot
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
@inline
function mixedAddress(address: usize): u64 {
  let h = mix(<u64>load<u32>(CONTROL_OFFSET + HASH_SEED) ^ load<u64>(address))
  h = mix(h ^ load<u64>(address, 8))
  return mix(h ^ <u64>load<u32>(address, 16))
}

@inline
function hashOf(address: usize): u32 {
  return <u32>(mixedAddress(address) >> 32)
}

function hashOfSlot(address: usize, key: usize): u32 {
  let h = mixedAddress(address)
  h = mix(h ^ load<u64>(key))
  h = mix(h ^ load<u64>(key, 8))
  h = mix(h ^ load<u64>(key, 16))
  h = mix(h ^ load<u64>(key, 24))
  return <u32>(h >> 32)
}

@inline
export function mix(value: u64): u64 {
  const h = value * MIX
  return h ^ (h >> 29)
}
