/**
 * The table of locations: one record for every slot ever met, and for every account one each for
 * its balance, nonce, code and storage epoch, side by side; found by address and key. Records are
 * only added (compare-and-swap on the bucket) and stay where they are until the host evicts some
 * between blocks, so that their address is the location's id everywhere. A record holds the value
 * before the block (stm/base.ts); the versions within the block hang off it.
 */

import { BLOCK_EPOCH, COUNTER_CACHE_HITS, HASH_SEED } from '../../src/layout/control'
import {
  BUCKET_COUNT,
  BUCKET_STRIDE,
  BUCKETS_OFFSET,
  CONTROL_OFFSET,
} from '../../src/layout/memory-map'
import {
  IS_LINKED,
  KIND_BALANCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
  LOCATION_ADDRESS,
  LOCATION_BYTES,
  LOCATION_HASH,
  LOCATION_KEY,
  LOCATION_KIND,
  LOCATION_LAST_USE,
  LOCATION_NEXT,
} from '../../src/layout/records'
import { allocateLocations } from '../memory/arena'
import { count, isReadOnlyThread } from '../memory/thread'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { wordEquals } from '../u256/word'
import { kindOf } from './base'
import { ACCOUNT_LOCATIONS_BYTES, describeAccount, describeSlot } from './location-record'

/** In place of a location that is not in the table. */
export const NOWHERE: usize = 0

const MIX: u64 = 0x9e3779b97f4a7c15

/** The location of `kind` of the account at `address` (20 bytes), for slots with `key` (a word). */
export function locate(kind: u32, address: usize, key: usize): usize {
  const hash = hashOfAddress(address)
  if (kind == KIND_SLOT) return locateSlot(hash, address, key)
  return locateAccount(hash, address) + <usize>kind * LOCATION_BYTES
}

/** The same if it is there, else NOWHERE. */
export function findLocation(kind: u32, address: usize, key: usize): usize {
  const hash = hashOfAddress(address)
  if (kind == KIND_SLOT) return findRecord(KIND_SLOT, hashOfKey(hash, key), address, key)
  const account = findRecord(KIND_BALANCE, hash, address, 0)
  return account == NOWHERE ? NOWHERE : account + <usize>kind * LOCATION_BYTES
}

/**
 * The first of the four locations of the account at `address` (20 bytes), whose hash is `hash`. A
 * thread that only reads adds none, and gets NOWHERE.
 */
export function locateAccount(hash: u64, address: usize): usize {
  return locateRecord(KIND_BALANCE, hash, address, 0)
}

/** The same for the slot `key` (a word) of the account at `address`, whose hash is `hash`. */
export function locateSlot(hash: u64, address: usize, key: usize): usize {
  return locateRecord(KIND_SLOT, hash, address, key)
}

function locateRecord(kind: u32, addressHash: u64, address: usize, key: usize): usize {
  const fullHash = kind == KIND_SLOT ? hashOfKey(addressHash, key) : addressHash
  const hash = <u32>(fullHash >> 32)
  const bucket = bucketOf(hash)
  let first = bucket.load()
  let found = find(first, 0, hash, kind, address, key)
  if (found != 0) {
    if (!isReadOnlyThread()) noteUse(found)
    return found
  }
  if (isReadOnlyThread()) return NOWHERE
  const created =
    kind == KIND_SLOT ? createSlot(addressHash, address, key) : createAccount(address)
  store<u32>(created, hash, LOCATION_HASH)
  while (true) {
    store<u32>(created, first, LOCATION_NEXT)
    if (bucket.replace(first, <u32>created)) return created
    const seen = first
    first = bucket.load()
    found = find(first, seen, hash, kind, address, key)
    if (found != 0) {
      store<u32>(created, kind, LOCATION_KIND)
      return found
    }
  }
}

function findRecord(kind: u32, fullHash: u64, address: usize, key: usize): usize {
  const hash = <u32>(fullHash >> 32)
  return find(bucketOf(hash).load(), 0, hash, kind, address, key)
}

@inline
function bucketOf(hash: u32): AtomicWord {
  return atomicWord(<usize>(hash & (BUCKET_COUNT - 1)) * BUCKET_STRIDE + BUCKETS_OFFSET)
}

function find(first: u32, end: u32, hash: u32, kind: u32, address: usize, key: usize): usize {
  for (let at: usize = first; at != end; at = load<u32>(at, LOCATION_NEXT)) {
    if (load<u32>(at, LOCATION_HASH) != hash || kindOf(at) != kind) continue
    if (!sameAddress(at + LOCATION_ADDRESS, address)) continue
    if (kind != KIND_SLOT || wordEquals(at + LOCATION_KEY, key)) return at
  }
  return 0
}

function createAccount(address: usize): usize {
  const account = allocateLocations(ACCOUNT_LOCATIONS_BYTES)
  describeAccount(account, address)
  store<u32>(account, newKindWord(KIND_BALANCE), LOCATION_KIND)
  return account
}

function createSlot(addressHash: u64, address: usize, key: usize): usize {
  const slot = allocateLocations(LOCATION_BYTES)
  const epoch = locateAccount(addressHash, address) + KIND_STORAGE_EPOCH * LOCATION_BYTES
  describeSlot(slot, key, epoch)
  store<u32>(slot, newKindWord(KIND_SLOT), LOCATION_KIND)
  return slot
}

/** The word at LOCATION_KIND of a record that is about to be linked. */
@inline
function newKindWord(kind: u32): u32 {
  return kind | IS_LINKED | (load<u32>(CONTROL_OFFSET + BLOCK_EPOCH) << 16)
}

/** For eviction: what was not used for long goes first. */
@inline
function noteUse(record: usize): void {
  const now = <u16>load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  if (load<u16>(record, LOCATION_LAST_USE) == now) return
  store<u16>(record, now, LOCATION_LAST_USE)
  count(COUNTER_CACHE_HITS)
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
export function hashOfAddress(address: usize): u64 {
  let h = mix(<u64>load<u32>(CONTROL_OFFSET + HASH_SEED) ^ load<u64>(address))
  h = mix(h ^ load<u64>(address, 8))
  return mix(h ^ <u64>load<u32>(address, 16))
}

/** Hash of the slot `key` (a word) of the account whose address has `addressHash`. */
@inline
export function hashOfKey(addressHash: u64, key: usize): u64 {
  let h = mix(addressHash ^ load<u64>(key))
  h = mix(h ^ load<u64>(key, 8))
  h = mix(h ^ load<u64>(key, 16))
  return mix(h ^ load<u64>(key, 24))
}

@inline
function mix(value: u64): u64 {
  const h = value * MIX
  return h ^ (h >> 29)
}
