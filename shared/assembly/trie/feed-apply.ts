/**
 * Applies the items of a lane: the final value of each location, as far as steps are committed.
 * Before a root is asked for only what can be taken back is applied; an account that is deleted or
 * emptied, its slots from then on, and whatever leads into a blinded node wait for the root.
 */

import { COMMIT_INDEX } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  CODE_HASH,
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_STORAGE_EPOCH,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
} from '../../src/layout/records'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  TRIE_FEED_END,
  TRIE_IS_FINAL,
} from '../../src/layout/trie'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { kernelScratch } from '../memory/thread'
import { resolve } from '../stm/resolve'
import { entryBelow } from '../stm/version'
import { wordCopy, wordToBytes } from '../u256/word'
import { doesExist, dropStorage, encodeValue, isHeld, removeAccount, writeSlot } from './apply'
import { place } from './change'
import { pushItem } from './feed'
import { findLeaf } from './find'
import { ITEM_FIELDS, ITEM_KEY, ITEM_LOCATION, ITEM_NEXT, ITEM_OWNER } from './item'
import { makeLate, takeStage } from './item'
import {
  EARLY_LIST,
  EARLY_TAKEN,
  isLaneBlinded,
  LANE_POSITION,
  laneIndex,
  LATE_LIST,
  markRoot,
  ROOT,
  ROOT_IS_DIRTY,
  ROOT_IS_UNSAVED,
  trieWord,
} from './lane'
import { countStorageChanges } from './large'
import { clearMissing, hasMissingRoom, noteMissing } from './missing'
import {
  ACCOUNT_FLAGS,
  emptyCode,
  IS_RECORDED,
  STORAGE_IS_DIRTY,
  STORAGE_IS_UNSAVED,
} from './node'
import { copyKey } from './nibbles'

/** A word, its bytes and their RLP, behind the parts of the trie's other files. */
const WORD_OFFSET: usize = 1472
const BYTES_OFFSET: usize = 1504
const ENCODED_OFFSET: usize = 1568

const DESTRUCTIVE: u32 = 1 << KIND_STORAGE_EPOCH

// Worker-local: the account that was reached last in the lane this thread holds, and its item.
let reachedItem: usize = 0
let reachedAccount: usize = 0
/** What the steps below it left is what is applied. */
let horizon: u32 = 0

@inline
function word(): usize {
  return kernelScratch() + WORD_OFFSET
}

@inline
function fieldsOf(item: usize): AtomicWord {
  return atomicWord(item + ITEM_FIELDS)
}

@inline
function nextOf(item: usize): usize {
  return <usize>load<u32>(item, ITEM_NEXT)
}

@inline
function isAccount(item: usize): bool {
  return load<u32>(item, ITEM_OWNER) == 0
}

/** Applies up to `limit` items that have not been applied in this block. Holder only. */
export function applyEarly(lane: usize, limit: u32): u32 {
  reachedItem = 0
  return applyTaken(lane, limit, false)
}

function applyTaken(lane: usize, limit: u32, isEnding: bool): u32 {
  let item = <usize>load<u32>(lane, EARLY_TAKEN)
  if (item == 0) item = <usize>atomicWord(lane + EARLY_LIST).exchange(0)
  let count: u32 = 0
  for (; item != 0 && count < limit; count++) {
    // Applied, it may be put on another list at once.
    const next = nextOf(item)
    takeStage(item)
    if (!isEnding) horizon = atomicWord(CONTROL_OFFSET + COMMIT_INDEX).load()
    const isDone = isAccount(item) ? applyAccountEarly(lane, item) : applySlotEarly(lane, item)
    if (!isDone && makeLate(item)) pushItem(lane + LATE_LIST, item)
    item = next
  }
  store<u32>(lane, <u32>item, EARLY_TAKEN)
  return count
}

/** True when more can be applied before a root is asked for. */
@inline
export function hasEarly(lane: usize): bool {
  return load<u32>(lane, EARLY_TAKEN) != 0 || atomicWord(lane + EARLY_LIST).load() != 0
}

/** False when the account has to be looked at again at the end. */
function applyAccountEarly(lane: usize, item: usize): bool {
  const fields = fieldsOf(item).exchange(0)
  const account = isDestroyed(item, fields) ? 0 : reach(lane, item)
  if (account == 0) {
    fieldsOf(item).setBits(fields)
    return false
  }
  setFields(account, item, fields)
  settleRecord(account, item)
  return doesExist(account)
}

function applySlotEarly(lane: usize, item: usize): bool {
  const location = <usize>load<u32>(item, ITEM_LOCATION)
  if (entryBelow(load<u32>(location, LOCATION_EPOCH_LOCATION), u32.MAX_VALUE) != 0) return false
  return setSlot(lane, item)
}

/** Whether the account's storage was emptied. */
function isDestroyed(item: usize, fields: u32): bool {
  if ((fields & DESTRUCTIVE) != 0) return true
  if ((fields & (1 << KIND_CODE)) == 0) return false
  return codeAt(item) == 0
}

function codeAt(item: usize): usize {
  readField(item, KIND_CODE)
  return <usize>load<u32>(word())
}

/** Reads the account's location of `kind`. */
function readField(item: usize, kind: usize): void {
  const first = <usize>load<u32>(item, ITEM_LOCATION)
  const isKnown = resolve(first + kind * LOCATION_BYTES, horizon, word())
  assert(isKnown, 'committed steps are not repeated')
}

/** The account's leaf, added if there is none; 0 when the way to it is blinded. */
function reach(lane: usize, item: usize): usize {
  if (item == reachedItem) return reachedAccount
  const key = item + ITEM_KEY
  if (!hasMissingRoom(lane)) return 0
  if (isLaneBlinded(lane)) {
    noteMissing(lane, 0, key, LANE_POSITION)
    return 0
  }
  const account = place(lane, 0, lane + ROOT, LANE_POSITION, key, 0)
  if (account == 0) return 0
  markRoot(lane, ROOT_IS_DIRTY | ROOT_IS_UNSAVED)
  reachedItem = item
  reachedAccount = account
  return account
}

function setFields(account: usize, item: usize, fields: u32): void {
  if ((fields & (1 << KIND_NONCE)) != 0) {
    readField(item, KIND_NONCE)
    store<u64>(account, load<u64>(word()), ACCOUNT_NONCE)
  }
  if ((fields & (1 << KIND_BALANCE)) != 0) {
    readField(item, KIND_BALANCE)
    wordCopy(account + ACCOUNT_BALANCE, word())
  }
  if ((fields & (1 << KIND_CODE)) == 0) return
  const code = codeAt(item)
  const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  copyKey(account + ACCOUNT_CODE_HASH, code == 0 ? emptyCode() : code + CODE_HASH)
  store<u8>(account, code == 0 ? flags & ~IS_RECORDED : flags | IS_RECORDED, ACCOUNT_FLAGS)
}

/**
 * A stored node does not say whether its account is recorded, which counts when nothing else is
 * left of it: the location of its code does.
 */
function settleRecord(account: usize, item: usize): void {
  if (isHeld(account) || codeAt(item) != 0) return
  store<u8>(account, <u32>load<u8>(account, ACCOUNT_FLAGS) & ~IS_RECORDED, ACCOUNT_FLAGS)
}

/** False when the way to the slot is blinded. */
function setSlot(lane: usize, item: usize): bool {
  const account = reach(lane, <usize>load<u32>(item, ITEM_OWNER))
  if (account == 0 || !hasMissingRoom(lane)) return false
  const isKnown = resolve(load<u32>(item, ITEM_LOCATION), horizon, word())
  assert(isKnown, 'committed steps are not repeated')
  const bytes = kernelScratch() + BYTES_OFFSET
  wordToBytes(bytes, word())
  const value = kernelScratch() + ENCODED_OFFSET
  if (!writeSlot(lane, account, item + ITEM_KEY, value, encodeValue(value, bytes))) return false
  const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  store<u8>(account, flags | STORAGE_IS_DIRTY | STORAGE_IS_UNSAVED, ACCOUNT_FLAGS)
  countStorageChanges(account, 1)
  return true
}

/** Applies all items of the lane; false when some wait for nodes. Holder only. */
export function applyAll(lane: usize): bool {
  reachedItem = 0
  horizon = load<u32>(trieWord(TRIE_FEED_END))
  while (hasEarly(lane)) applyTaken(lane, u32.MAX_VALUE, true)
  const first = <usize>atomicWord(lane + LATE_LIST).exchange(0)
  if (first == 0) return true
  let isDone = true
  // A storage is emptied before its slots are set.
  for (let item = first; item != 0; item = nextOf(item)) {
    if (isAccount(item) && !applyAccount(lane, item)) isDone = false
  }
  for (let item = first; item != 0; item = nextOf(item)) {
    if (!isAccount(item) && !setSlot(lane, item)) isDone = false
  }
  if (isDone) removeAbsent(lane, first)
  for (let item = first; item != 0; ) {
    const next = nextOf(item)
    if (isDone) takeStage(item)
    else pushItem(lane + LATE_LIST, item)
    item = next
  }
  return isDone
}

function applyAccount(lane: usize, item: usize): bool {
  const account = reach(lane, item)
  if (account == 0) return false
  const fields = fieldsOf(item).exchange(0)
  if (isDestroyed(item, fields)) {
    store<u32>(trieWord(TRIE_IS_FINAL), 1)
    dropStorage(lane, account)
  }
  setFields(account, item, fields)
  settleRecord(account, item)
  return true
}

function removeAbsent(lane: usize, first: usize): void {
  for (let item = first; item != 0; item = nextOf(item)) {
    if (isAccount(item)) removeIfAbsent(lane, item)
  }
}

/** An account that does not exist has no leaf. */
function removeIfAbsent(lane: usize, item: usize): void {
  reachedItem = 0
  const account = findLeaf(<usize>load<u32>(lane, ROOT), item + ITEM_KEY)
  if (account != 0 && !doesExist(account)) removeAccount(lane, account, item + ITEM_KEY)
}

/**
 * Gives the item back the value before the block. Nobody else is at work. What cannot be reached
 * was not applied.
 */
export function takeBack(lane: usize, item: usize, kind: u32): void {
  reachedItem = 0
  horizon = 0
  if (!hasMissingRoom(lane)) clearMissing(laneIndex(lane))
  if (!isAccount(item)) {
    setSlot(lane, item)
    return
  }
  const account = reach(lane, item)
  if (account != 0) setFields(account, item, 1 << kind)
}

/** Removes the item's account if it did not exist before the block. */
export function takeBackExistence(lane: usize, item: usize): void {
  removeIfAbsent(lane, isAccount(item) ? item : <usize>load<u32>(item, ITEM_OWNER))
}
