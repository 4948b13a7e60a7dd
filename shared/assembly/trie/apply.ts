/**
 * Applies staged changes to a lane. A change that leads into a blinded node waits, with its slots
 * that do, and holds back later changes of the same account; all others go on. Whether an account
 * exists is judged when everything is applied, because a later change may say so.
 */

import { keccak256 } from '../keccak/keccak'
import { kernelScratch } from '../memory/thread'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  LEAF_VALUE,
  STAGED_BALANCE,
  STAGED_CLEARS_STORAGE,
  STAGED_CODE_HASH,
  STAGED_DELETES,
  STAGED_DOUBTFUL,
  STAGED_FLAGS,
  STAGED_HASH,
  STAGED_HAS_BALANCE,
  STAGED_HAS_CODE,
  STAGED_HAS_NONCE,
  STAGED_HOLDS,
  STAGED_NEXT,
  STAGED_NONCE,
  STAGED_SLOTS,
  STAGED_SLOT_BYTES,
  STAGED_SLOT_COUNT,
  STORAGE_ROOT,
} from '../../src/layout/trie'
import { buryStorage, freeSubtrie, place, remove } from './change'
import {
  DOUBTFUL,
  isLaneBlinded,
  LANE_POSITION,
  markRoot,
  PENDING_FIRST,
  PENDING_LAST,
  ROOT,
  ROOT_HAS_REFERENCE,
  ROOT_IS_DIRTY,
  ROOT_IS_UNSAVED,
  unmarkRoot,
} from './lane'
import { countStorageChanges } from './large'
import { hasMissingRoom, noteMissing } from './missing'
import {
  ACCOUNT_FLAGS,
  copyEmptyRoot,
  emptyCode,
  emptyRoot,
  IS_HELD,
  IS_RECORDED,
  isHash,
  STORAGE,
  STORAGE_IS_DIRTY,
  STORAGE_IS_UNSAVED,
} from './node'
import { copyKey } from './nibbles'
import { takeInbox } from './stage'

/** Key and value of a slot, behind the parts of encoder and decoder. */
const SLOT_KEY_OFFSET: usize = 1216
const SLOT_VALUE_OFFSET: usize = 1248

/** Applies what waits, as far as it can. Holder only. */
export function applyPending(lane: usize): void {
  takeInbox(lane)
  let staged = <usize>load<u32>(lane, PENDING_FIRST)
  let waitingLast: usize = 0
  store<u32>(lane, 0, PENDING_FIRST)
  store<u32>(lane, 0, PENDING_LAST)
  while (staged != 0) {
    const next = <usize>load<u32>(staged, STAGED_NEXT)
    if (!hasMissingRoom(lane) || !applyStaged(lane, staged)) {
      store<u32>(staged, 0, STAGED_NEXT)
      if (waitingLast == 0) store<u32>(lane, <u32>staged, PENDING_FIRST)
      else store<u32>(waitingLast, <u32>staged, STAGED_NEXT)
      waitingLast = staged
    }
    staged = next
  }
  store<u32>(lane, <u32>waitingLast, PENDING_LAST)
}

export function hasPending(lane: usize): bool {
  return load<u32>(lane, PENDING_FIRST) != 0
}

/** False when part of the change waits for a node. */
function applyStaged(lane: usize, staged: usize): bool {
  const key = staged + STAGED_HASH
  if (isLaneBlinded(lane)) {
    noteMissing(lane, 0, key, LANE_POSITION)
    return false
  }
  const account = place(lane, 0, lane + ROOT, LANE_POSITION, key, 0)
  if (account == 0) return false
  markRoot(lane, ROOT_IS_DIRTY | ROOT_IS_UNSAVED)
  const flags = load<u32>(staged, STAGED_FLAGS)
  const accountFlags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  if ((accountFlags & IS_HELD) != 0 && (flags & STAGED_HOLDS) == 0) return false
  setFields(lane, account, staged, flags)
  const isDone = applySlots(lane, account, staged)
  const now = <u32>load<u8>(account, ACCOUNT_FLAGS)
  store<u8>(account, isDone ? now & ~IS_HELD : now | IS_HELD, ACCOUNT_FLAGS)
  store<u32>(staged, isDone ? 0 : STAGED_HOLDS, STAGED_FLAGS)
  if (isDone && !doesExist(account)) {
    store<u32>(staged, load<u32>(lane, DOUBTFUL), STAGED_DOUBTFUL)
    store<u32>(lane, <u32>staged, DOUBTFUL)
  }
  return isDone
}

/** An empty account exists only if it was recorded. */
export function doesExist(account: usize): bool {
  return (<u32>load<u8>(account, ACCOUNT_FLAGS) & IS_RECORDED) != 0 || isHeld(account)
}

/** Whether the account has nonce or balance. */
export function isHeld(account: usize): bool {
  const balance = account + ACCOUNT_BALANCE
  return (
    (load<u64>(account, ACCOUNT_NONCE) |
      load<u64>(balance) |
      load<u64>(balance, 8) |
      load<u64>(balance, 16) |
      load<u64>(balance, 24)) !=
      0
  )
}

function setFields(lane: usize, account: usize, staged: usize, flags: u32): void {
  if ((flags & (STAGED_DELETES | STAGED_CLEARS_STORAGE)) != 0) dropStorage(lane, account)
  let accountFlags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  if ((flags & STAGED_DELETES) != 0) {
    memory.fill(account + ACCOUNT_NONCE, 0, ACCOUNT_CODE_HASH - ACCOUNT_NONCE)
    copyKey(account + ACCOUNT_CODE_HASH, emptyCode())
    accountFlags &= ~IS_RECORDED
  }
  if ((flags & STAGED_HAS_NONCE) != 0) {
    store<u64>(account, load<u64>(staged, STAGED_NONCE), ACCOUNT_NONCE)
  }
  if ((flags & STAGED_HAS_BALANCE) != 0) copyKey(account + ACCOUNT_BALANCE, staged + STAGED_BALANCE)
  if ((flags & STAGED_HAS_CODE) != 0) {
    copyKey(account + ACCOUNT_CODE_HASH, staged + STAGED_CODE_HASH)
    accountFlags |= IS_RECORDED
  }
  store<u8>(account, accountFlags, ACCOUNT_FLAGS)
}

/** Empties the storage, known or blinded. */
export function dropStorage(lane: usize, account: usize): void {
  const storage = <usize>load<u32>(account, STORAGE)
  if (storage == 0 && isHash(account + STORAGE_ROOT, emptyRoot())) return
  if (storage != 0) freeSubtrie(lane, storage)
  store<u32>(account, 0, STORAGE)
  copyEmptyRoot(account + STORAGE_ROOT)
  buryStorage(lane, account)
}

/** Applies the slots in order; those that wait are moved to the front, and are all that is left. */
function applySlots(lane: usize, account: usize, staged: usize): bool {
  const count = load<u32>(staged, STAGED_SLOT_COUNT)
  if (count == 0) return true
  let waiting: u32 = 0
  let slot = staged + STAGED_SLOTS
  let waitingSlot = slot
  for (let i: u32 = 0; i < count; i++, slot += STAGED_SLOT_BYTES) {
    if (hasMissingRoom(lane) && applySlot(lane, account, slot)) continue
    if (slot != waitingSlot) memory.copy(waitingSlot, slot, STAGED_SLOT_BYTES)
    waitingSlot += STAGED_SLOT_BYTES
    waiting++
  }
  store<u32>(staged, waiting, STAGED_SLOT_COUNT)
  if (waiting < count) {
    const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
    store<u8>(account, flags | STORAGE_IS_DIRTY | STORAGE_IS_UNSAVED, ACCOUNT_FLAGS)
    countStorageChanges(account, count - waiting)
  }
  return waiting == 0
}

/** Writes one slot, or deletes it when its value is zero; false when the way is blinded. */
function applySlot(lane: usize, account: usize, slot: usize): bool {
  const key = kernelScratch() + SLOT_KEY_OFFSET
  keccak256(key, slot, 32)
  const value = kernelScratch() + SLOT_VALUE_OFFSET
  return writeSlot(lane, account, key, value, encodeValue(value, slot + 32))
}

/** RLP of 32 big-endian bytes without leading zeros; returns its length, 0 for zero. */
export function encodeValue(out: usize, word: usize): u32 {
  let zeros: u32 = 0
  while (zeros < 32 && load<u8>(word + <usize>zeros) == 0) zeros++
  const bytes = 32 - zeros
  if (bytes == 0) return 0
  const data = word + <usize>zeros
  if (bytes == 1 && load<u8>(data) < 0x80) {
    store<u8>(out, load<u8>(data))
    return 1
  }
  store<u8>(out, 0x80 + bytes)
  memory.copy(out + 1, data, <usize>bytes)
  return bytes + 1
}

/** Sets the leaf of a hashed key in the storage trie, or removes it when `bytes` is 0. */
export function writeSlot(
  lane: usize,
  account: usize,
  key: usize,
  value: usize,
  bytes: u32,
): bool {
  const root = account + STORAGE
  if (load<u32>(root) == 0 && !isHash(account + STORAGE_ROOT, emptyRoot())) {
    noteMissing(lane, account, key, 0)
    return false
  }
  if (bytes == 0) {
    if (!remove(lane, account, root, 0, key)) return false
    if (load<u32>(root) == 0) copyEmptyRoot(account + STORAGE_ROOT)
    return true
  }
  const leaf = place(lane, account, root, 0, key, bytes)
  if (leaf == 0) return false
  memory.copy(leaf + LEAF_VALUE, value, <usize>bytes)
  return true
}

/** Removes an account that does not exist; everything on the way to it is revealed. */
export function removeAccount(lane: usize, account: usize, key: usize): void {
  dropStorage(lane, account)
  const isRemoved = remove(lane, 0, lane + ROOT, LANE_POSITION, key)
  assert(isRemoved, 'the way to an account that was just written is revealed')
  if (load<u32>(lane, ROOT) == 0) unmarkRoot(lane, ROOT_HAS_REFERENCE)
}
