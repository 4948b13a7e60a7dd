/**
 * Eviction from the state arena, between blocks: locations that were not used for the most blocks
 * go, the others move together at the arena's start, in order, so that none is overwritten before
 * it has moved. All code goes; a contract that stays has its code loaded again at its next use.
 * Whoever evicts knows that the reader has every block that was applied: what is evicted is asked
 * for again, so the storage epochs that stood for what was emptied are not needed any more.
 */

import { BLOCK_EPOCH, STATE_CHUNKS, STATE_CHUNKS_MASK, STATE_EPOCH } from '../../src/layout/control'
import {
  BUCKET_COUNT,
  BUCKET_STRIDE,
  BUCKETS_OFFSET,
  CHUNK_BYTES,
  CODE_BUCKET_COUNT,
  CODE_BUCKET_STRIDE,
  CODES_OFFSET,
  CONTROL_OFFSET,
  STATE_ARENA_BYTES,
  STATE_ARENA_OFFSET,
  TRIE_ITEMS_OFFSET,
} from '../../src/layout/memory-map'
import {
  CODE_LENGTH,
  IS_BASE_KNOWN,
  IS_LINKED,
  KIND_CODE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
  LOCATION_BASE,
  LOCATION_BASE_EPOCH,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
  LOCATION_HASH,
  LOCATION_KIND,
  LOCATION_LAST_USE,
  LOCATION_NEXT,
} from '../../src/layout/records'
import { emptyCode } from '../journal/code'
import { atomicWord } from '../memory/atomic-word'
import { kernelScratch } from '../memory/thread'
import { isBaseCurrent, kindOf } from '../stm/base'
import { wordClear } from '../u256/word'

const ACCOUNT_BYTES: usize = KIND_SLOT * LOCATION_BYTES

/** Blocks without use that are told apart; older records are all the same. */
const AGE_MAX: u32 = 255

/** Where the first code of a life of the arena stands. */
const FIRST_CODE: usize = STATE_ARENA_OFFSET + STATE_ARENA_BYTES - CHUNK_BYTES

/**
 * Keeps at most `limitBytes` of locations; returns how many accounts and slots it evicted. The gate
 * is locked and no block is open; `resetBlock` comes next.
 */
export function evictState(limitBytes: u32): u32 {
  const end = locationsEnd()
  useAccountsOfSlots(end)
  const ageLimit = findAgeLimit(end, limitBytes)
  const evicted = assignPlaces(end, ageLimit)
  readdress(end)
  clearStateTables()
  const newEnd = move(end)
  const chunks = (newEnd - STATE_ARENA_OFFSET + CHUNK_BYTES - 1) / CHUNK_BYTES
  memory.fill(newEnd, 0, STATE_ARENA_OFFSET + chunks * CHUNK_BYTES - newEnd)
  beginState(<u32>chunks)
  const empty = emptyCode()
  assert(empty == FIRST_CODE, 'the record of empty code is where accounts look for it')
  return evicted
}

/** Forgets where locations and code are, and what the trie keeps of locations. */
export function clearStateTables(): void {
  const locations = (locationsEnd() - STATE_ARENA_OFFSET) / LOCATION_BYTES
  memory.fill(TRIE_ITEMS_OFFSET, 0, locations << 2)
  memory.fill(BUCKETS_OFFSET, 0, BUCKET_COUNT * BUCKET_STRIDE)
  memory.fill(CODES_OFFSET, 0, CODE_BUCKET_COUNT * CODE_BUCKET_STRIDE)
}

/** Begins a life of the arena with `chunks` chunks of locations, and without code. */
export function beginState(chunks: u32): void {
  atomicWord(CONTROL_OFFSET + STATE_CHUNKS).store(chunks)
  atomicWord(CONTROL_OFFSET + STATE_EPOCH).add(1)
}

function locationsEnd(): usize {
  const chunks = load<u32>(CONTROL_OFFSET + STATE_CHUNKS) & STATE_CHUNKS_MASK
  return STATE_ARENA_OFFSET + <usize>chunks * CHUNK_BYTES
}

/** Whether an account's four locations or a slot stand at `at`, or nothing that is in the table. */
@inline
function isRecord(at: usize): bool {
  return (load<u32>(at, LOCATION_KIND) & IS_LINKED) != 0
}

@inline
function recordBytes(at: usize): usize {
  return isRecord(at) && kindOf(at) != KIND_SLOT ? ACCOUNT_BYTES : LOCATION_BYTES
}

@inline
function accountOf(slot: usize): usize {
  return <usize>load<u32>(slot, LOCATION_EPOCH_LOCATION) - KIND_STORAGE_EPOCH * LOCATION_BYTES
}

/** Blocks since the record was used. */
@inline
function ageOf(record: usize): u32 {
  const now = load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  return min<u32>((now - load<u16>(record, LOCATION_LAST_USE)) & 0xffff, AGE_MAX)
}

/** Whoever uses a slot uses its account, which therefore stays as long as the slot. */
function useAccountsOfSlots(end: usize): void {
  for (let at: usize = STATE_ARENA_OFFSET; at < end; at += recordBytes(at)) {
    if (!isRecord(at) || kindOf(at) != KIND_SLOT) continue
    const account = accountOf(at)
    if (ageOf(at) >= ageOf(account)) continue
    store<u16>(account, load<u16>(at, LOCATION_LAST_USE), LOCATION_LAST_USE)
  }
}

/** The age from which on records go. */
function findAgeLimit(end: usize, limitBytes: u32): u32 {
  const bytesOfAge = kernelScratch()
  memory.fill(bytesOfAge, 0, (AGE_MAX + 1) * 4)
  for (let at: usize = STATE_ARENA_OFFSET; at < end; at += recordBytes(at)) {
    if (!isRecord(at)) continue
    const bytes = bytesOfAge + ageOf(at) * 4
    store<u32>(bytes, load<u32>(bytes) + <u32>recordBytes(at))
  }
  let kept: u32 = 0
  for (let age: u32 = 0; age <= AGE_MAX; age++) {
    kept += load<u32>(bytesOfAge + age * 4)
    if (kept > limitBytes) return age
  }
  return AGE_MAX + 1
}

/** Writes each record's new place to its link, 0 if it goes; returns how many go. */
function assignPlaces(end: usize, ageLimit: u32): u32 {
  let place: usize = STATE_ARENA_OFFSET
  let evicted: u32 = 0
  for (let at: usize = STATE_ARENA_OFFSET; at < end; at += recordBytes(at)) {
    if (!isRecord(at)) continue
    const isKept = ageOf(at) < ageLimit
    store<u32>(at, isKept ? <u32>place : 0, LOCATION_NEXT)
    if (isKept) place += recordBytes(at)
    else evicted++
  }
  return evicted
}

/** Makes slots and accounts point to where things will be. */
function readdress(end: usize): void {
  for (let at: usize = STATE_ARENA_OFFSET; at < end; at += recordBytes(at)) {
    if (!isRecord(at) || load<u32>(at, LOCATION_NEXT) == 0) continue
    if (kindOf(at) == KIND_SLOT) readdressSlot(at)
    else readdressCode(at + KIND_CODE * LOCATION_BYTES)
  }
}

function readdressSlot(slot: usize): void {
  if (!isBaseCurrent(slot)) wordClear(slot + LOCATION_BASE)
  store<u64>(slot, 0, LOCATION_BASE_EPOCH)
  const account = load<u32>(accountOf(slot), LOCATION_NEXT)
  store<u32>(slot, account + KIND_STORAGE_EPOCH * LOCATION_BYTES, LOCATION_EPOCH_LOCATION)
}

function readdressCode(location: usize): void {
  const code = <usize>load<u32>(location, LOCATION_BASE)
  if (code == 0) return
  if (load<u32>(code, CODE_LENGTH) == 0) {
    store<u32>(location, <u32>FIRST_CODE, LOCATION_BASE)
  } else {
    store<u32>(location, 0, LOCATION_BASE)
    store<u32>(location, load<u32>(location, LOCATION_KIND) & ~IS_BASE_KNOWN, LOCATION_KIND)
  }
}

/** Moves what stays to its place and links it anew; returns the end of the last record. */
function move(end: usize): usize {
  let newEnd: usize = STATE_ARENA_OFFSET
  let bytes: usize = 0
  for (let at: usize = STATE_ARENA_OFFSET; at < end; at += bytes) {
    // Asked first: what is moved may overwrite what says it.
    bytes = recordBytes(at)
    const place = <usize>load<u32>(at, LOCATION_NEXT)
    if (!isRecord(at) || place == 0) continue
    memory.copy(place, at, bytes)
    if (kindOf(place) != KIND_SLOT) {
      store<u64>(place + KIND_STORAGE_EPOCH * LOCATION_BYTES, 0, LOCATION_BASE)
    }
    link(place)
    newEnd = place + bytes
  }
  return newEnd
}

function link(record: usize): void {
  const index = <usize>(load<u32>(record, LOCATION_HASH) & (BUCKET_COUNT - 1))
  const bucket = atomicWord(index * BUCKET_STRIDE + BUCKETS_OFFSET)
  store<u32>(record, bucket.load(), LOCATION_NEXT)
  bucket.store(<u32>record)
}
