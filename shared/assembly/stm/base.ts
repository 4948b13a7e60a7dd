/**
 * Values before the block. Each location says whether its own is known. One that is not is loaded
 * when a read comes down to it: by the host from the state's store, or, where the host has no
 * reader, as nothing, because then all that exists was loaded beforehand. Threads that load the
 * same location at once store the same value, and the flag is set behind it.
 *
 * The reader may be a block behind, and need not know what was deleted since: a location that was
 * written since the last eviction is known, and a storage that was emptied since then has an
 * epoch, so that of its slots those that are not known are zero.
 */

import {
  COUNTER_COLD_ACCOUNTS,
  COUNTER_COLD_SLOTS,
  HAS_READER,
  SCRATCH_LOADED,
  SCRATCH_LOADED_CODE,
  SCRATCH_LOADED_NONCE,
  SCRATCH_LOADED_ORPHAN,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  IS_BASE_KNOWN,
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
  LOCATION_ADDRESS,
  LOCATION_BASE,
  LOCATION_BASE_EPOCH,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
  LOCATION_KEY,
  LOCATION_KIND,
} from '../../src/layout/records'
import { atomicWord } from '../memory/atomic-word'
import { count, isReadOnlyThread, kernelScratch, threadScratch } from '../memory/thread'
import { wordCopy } from '../u256/word'
import { ACCOUNT_LOCATIONS_BYTES, describeAccount, describeSlot } from './location-record'

/** Writes the account at `address` (20 bytes) to `out` (SCRATCH_LOADED), zeros if there is none. */
// @ts-ignore: decorator
@external('env', 'loadAccount')
declare function hostLoadAccount(address: usize, out: usize): void

/** Writes the slot `key` (a word) of the account at `address` to `out`, a word. */
// @ts-ignore: decorator
@external('env', 'loadSlot')
declare function hostLoadSlot(address: usize, key: usize, out: usize): void

@inline
export function kindOf(location: usize): u32 {
  return load<u8>(location, LOCATION_KIND)
}

@inline
export function isBaseKnown(location: usize): bool {
  return (atomicWord(location + LOCATION_KIND).load() & IS_BASE_KNOWN) != 0
}

/** From now on LOCATION_BASE is the value before the block. */
@inline
function setBaseKnown(location: usize): void {
  atomicWord(location + LOCATION_KIND).setBits(IS_BASE_KNOWN)
}

/**
 * A location that knows the value before the block: `location` itself, where need be after it is
 * loaded, or, on a thread that only reads, one that is valid until this is asked for again.
 */
@inline
export function withBase(location: usize): usize {
  if (isBaseKnown(location)) return location
  if (isReadOnlyThread()) return loadAside(location)
  loadBase(location)
  return location
}

/** Sets the value before the next block. Host only, behind the gate. */
export function setBase(location: usize, value: usize): void {
  wordCopy(location + LOCATION_BASE, value)
  if (kindOf(location) == KIND_SLOT) {
    store<u64>(location, storageEpochOf(location), LOCATION_BASE_EPOCH)
  }
  setBaseKnown(location)
}

/** False for a slot, whose value is known, of an account that was emptied in an earlier block. */
@inline
export function isBaseCurrent(location: usize): bool {
  return load<u64>(location, LOCATION_BASE_EPOCH) == storageEpochOf(location)
}

/** Whether the storage was emptied in an earlier block, since the last eviction. */
@inline
export function isEmptied(epochLocation: usize): bool {
  return load<u64>(epochLocation, LOCATION_BASE) != 0
}

@inline
function storageEpochOf(slot: usize): u64 {
  return load<u64>(<usize>load<u32>(slot, LOCATION_EPOCH_LOCATION), LOCATION_BASE)
}

function loadBase(location: usize): void {
  const kind = kindOf(location)
  if (kind == KIND_SLOT) loadSlot(location)
  else loadAccount(location - <usize>kind * LOCATION_BYTES)
}

/** Leaves the location as it is: code that a thread of calls loads is not there for others. */
function loadAside(location: usize): usize {
  const kind = kindOf(location)
  const aside = kernelScratch()
  memory.fill(aside, 0, ACCOUNT_LOCATIONS_BYTES)
  if (kind == KIND_SLOT) {
    const epochLocation = <usize>load<u32>(location, LOCATION_EPOCH_LOCATION)
    describeSlot(aside, location + LOCATION_KEY, epochLocation)
    loadSlot(aside)
    return aside
  }
  describeAccount(aside, location + LOCATION_ADDRESS)
  loadAccount(aside)
  return locationOf(aside, kind)
}

@inline
export function hasReader(): bool {
  return load<u32>(CONTROL_OFFSET + HAS_READER) != 0
}

function loadSlot(slot: usize): void {
  const epoch = storageEpochOf(slot)
  if (hasReader() && epoch == 0) {
    const loaded = threadScratch() + SCRATCH_LOADED
    hostLoadSlot(slot + LOCATION_ADDRESS, slot + LOCATION_KEY, loaded)
    wordCopy(slot + LOCATION_BASE, loaded)
    count(COUNTER_COLD_SLOTS)
  }
  store<u64>(slot, epoch, LOCATION_BASE_EPOCH)
  setBaseKnown(slot)
}

/** What of the account is known stays as it is: the reader may not know of it yet. */
function loadAccount(account: usize): void {
  if (hasReader()) {
    const loaded = threadScratch() + SCRATCH_LOADED
    hostLoadAccount(account + LOCATION_ADDRESS, loaded)
    count(COUNTER_COLD_ACCOUNTS)
    const balance = locationOf(account, KIND_BALANCE)
    if (!isBaseKnown(balance)) wordCopy(balance + LOCATION_BASE, loaded)
    loadLimb(locationOf(account, KIND_NONCE), 0, load<u64>(loaded, SCRATCH_LOADED_NONCE))
    loadLimb(locationOf(account, KIND_CODE), 0, load<u32>(loaded, SCRATCH_LOADED_CODE))
    const isOrphan = load<u32>(loaded, SCRATCH_LOADED_ORPHAN)
    loadLimb(locationOf(account, KIND_STORAGE_EPOCH), 8, isOrphan)
  }
  for (let kind = 0; kind < KIND_SLOT; kind++) setBaseKnown(locationOf(account, kind))
}

@inline
function locationOf(account: usize, kind: i32): usize {
  return account + <usize>kind * LOCATION_BYTES
}

/** The other limbs of a value that is not known are zero. */
function loadLimb(location: usize, offset: usize, value: u64): void {
  if (!isBaseKnown(location)) store<u64>(location + offset, value, LOCATION_BASE)
}
