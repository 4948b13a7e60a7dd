/**
 * Finds the entries of the execution in progress by address and by slot key, and adds them on first
 * sight. Two hash indices in the worker's heap point to chains of entries; a place of an index
 * counts only with the stamp of this execution, so that nothing is cleared in between.
 */

import { LOCATION_BYTES } from '../../src/layout/records'
import {
  ACCOUNT_INDEX_COUNT,
  accountIndexBase,
  INDEX_ENTRY_BYTES,
  SLOT_INDEX_COUNT,
  slotIndexBase,
} from '../memory/heap'
import { hashOfAddress, hashOfKey, locateAccount, NOWHERE, sameAddress } from '../stm/location'
import { wordClear, wordCopy, wordEquals } from '../u256/word'
import {
  ACCOUNT_ADDRESS,
  ACCOUNT_BYTES,
  ACCOUNT_CLEARED_BYTES,
  ACCOUNT_FIRST_SLOT,
  ACCOUNT_HASH,
  ACCOUNT_LAST_SLOT,
  ACCOUNT_LOCATIONS,
  allocateEntry,
  ENTRY_LATER,
  ENTRY_NEXT,
  HAS_NO_OLD_STORAGE,
  KNOWN_VALUE,
  knows,
  setKnown,
  SLOT_ACCOUNT,
  SLOT_BASE,
  SLOT_BYTES,
  SLOT_KEY,
  SLOT_TRANSIENT_ERA,
} from './entries'
import { ownAccount } from './own-location'

const INDEX_STAMP = 0
const INDEX_FIRST = 4

// Worker-local. The first execution of an instance finds the stamps of nobody, see `beginLookup`.
let stamp: u32 = u32.MAX_VALUE
let accountIndex: usize = 0
let slotIndex: usize = 0
let first: usize = 0
let newest: usize = 0
let latest: usize = 0

/** Forgets all entries. Stamps start over with cleared indices, also in a new instance or heap. */
export function beginLookup(): void {
  if (accountIndexBase() != accountIndex) stamp = u32.MAX_VALUE
  accountIndex = accountIndexBase()
  slotIndex = slotIndexBase()
  first = 0
  newest = 0
  latest = 0
  stamp++
  if (stamp != 0) return
  memory.fill(accountIndex, 0, ACCOUNT_INDEX_COUNT * INDEX_ENTRY_BYTES)
  memory.fill(slotIndex, 0, SLOT_INDEX_COUNT * INDEX_ENTRY_BYTES)
  stamp = 1
}

/** The first account that the execution met, or 0; ENTRY_LATER leads to the others. */
@inline
export function firstAccount(): usize {
  return first
}

/** The entry of the account at `address` (20 bytes); nothing is read yet. */
export function accountAt(address: usize): usize {
  // A frame asks for its own account over and over.
  if (latest != 0 && sameAddress(latest + ACCOUNT_ADDRESS, address)) return latest
  const hash = hashOfAddress(address)
  const place = accountIndex + (<usize>(hash >> 32) & (ACCOUNT_INDEX_COUNT - 1)) * INDEX_ENTRY_BYTES
  const chain = chainAt(place)
  let account = chain
  while (account != 0 && !sameAddress(account + ACCOUNT_ADDRESS, address)) {
    account = <usize>load<u32>(account, ENTRY_NEXT)
  }
  if (account == 0) {
    account = createAccount(address, hash)
    link(place, chain, account)
  }
  latest = account
  return account
}

/** The entry of the slot `key` (a word) of `account`; nothing is read yet. */
export function slotAt(account: usize, key: usize): usize {
  const hash = hashOfKey(load<u64>(account, ACCOUNT_HASH), key)
  const place = slotIndex + (<usize>(hash >> 32) & (SLOT_INDEX_COUNT - 1)) * INDEX_ENTRY_BYTES
  const chain = chainAt(place)
  for (let slot = chain; slot != 0; slot = <usize>load<u32>(slot, ENTRY_NEXT)) {
    if (<usize>load<u32>(slot, SLOT_ACCOUNT) == account && wordEquals(slot + SLOT_KEY, key)) {
      return slot
    }
  }
  const slot = createSlot(account, key)
  link(place, chain, slot)
  return slot
}

/** The location of `kind` (below KIND_SLOT) of the account in multi-version memory. */
export function accountLocation(account: usize, kind: u32): usize {
  let locations = <usize>load<u32>(account, ACCOUNT_LOCATIONS)
  if (locations == 0) {
    locations = locateAccount(load<u64>(account, ACCOUNT_HASH), account + ACCOUNT_ADDRESS)
    if (locations == NOWHERE) locations = ownAccount(account + ACCOUNT_ADDRESS)
    store<u32>(account, <u32>locations, ACCOUNT_LOCATIONS)
  }
  return locations + <usize>kind * LOCATION_BYTES
}

@inline
function addressCopy(out: usize, from: usize): void {
  store<u64>(out, load<u64>(from))
  store<u64>(out, load<u64>(from, 8), 8)
  store<u32>(out, load<u32>(from, 16), 16)
}

@inline
function chainAt(place: usize): usize {
  return load<u32>(place, INDEX_STAMP) == stamp ? <usize>load<u32>(place, INDEX_FIRST) : 0
}

@inline
function link(place: usize, chain: usize, entry: usize): void {
  store<u32>(entry, <u32>chain, ENTRY_NEXT)
  store<u32>(place, stamp, INDEX_STAMP)
  store<u32>(place, <u32>entry, INDEX_FIRST)
}

function createAccount(address: usize, hash: u64): usize {
  const account = allocateEntry(ACCOUNT_BYTES)
  for (let at: usize = 0; at < ACCOUNT_CLEARED_BYTES; at += 32) wordClear(account + at)
  addressCopy(account + ACCOUNT_ADDRESS, address)
  store<u64>(account, hash, ACCOUNT_HASH)
  if (newest == 0) first = account
  else store<u32>(newest, <u32>account, ENTRY_LATER)
  newest = account
  return account
}

function createSlot(account: usize, key: usize): usize {
  const slot = allocateEntry(SLOT_BYTES)
  wordClear(slot)
  store<u64>(slot, 0, SLOT_TRANSIENT_ERA)
  store<u32>(slot, <u32>account, SLOT_ACCOUNT)
  wordCopy(slot + SLOT_KEY, key)
  if (knows(account, HAS_NO_OLD_STORAGE)) {
    wordClear(slot + SLOT_BASE)
    setKnown(slot, KNOWN_VALUE)
  }
  const last = <usize>load<u32>(account, ACCOUNT_LAST_SLOT)
  if (last == 0) store<u32>(account, <u32>slot, ACCOUNT_FIRST_SLOT)
  else store<u32>(last, <u32>slot, ENTRY_LATER)
  store<u32>(account, <u32>slot, ACCOUNT_LAST_SLOT)
  return slot
}
