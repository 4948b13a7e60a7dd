/** Account changes as the core's trie takes them (layout/trie.ts, staged change). */

import type { StateChange } from '../chain/state-change.ts'
import {
  STAGED_BALANCE,
  STAGED_CLEARS_STORAGE,
  STAGED_CODE_HASH,
  STAGED_DELETES,
  STAGED_FLAGS,
  STAGED_HAS_BALANCE,
  STAGED_HAS_CODE,
  STAGED_HAS_NONCE,
  STAGED_HASH,
  STAGED_NONCE,
  STAGED_SLOT_BYTES,
  STAGED_SLOT_COUNT_MAX,
  STAGED_SLOTS,
} from '../layout/trie.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../primitives/keccak.ts'
import type { CoreThread } from './core-thread.ts'
import { storeLong, storeWord, writeBigInt } from './core-thread.ts'

/**
 * Hands one change to the trie. `takeRoom` gives the address of a record with so many slots, where
 * need be after it has made room.
 */
export function stageChange(
  thread: CoreThread,
  change: StateChange,
  takeRoom: (slotCount: number) => number,
): void {
  let flags = flagsOf(change)
  let start = 0
  do {
    const slots = change.slots.slice(start, start + STAGED_SLOT_COUNT_MAX)
    const staged = takeRoom(slots.length)
    thread.bytes.set(change.address, staged + STAGED_HASH)
    storeWord(thread, staged + STAGED_FLAGS, flags)
    if (flags !== 0) writeFields(thread, staged, change)
    for (const [index, { key, value }] of slots.entries()) {
      const slot = staged + STAGED_SLOTS + index * STAGED_SLOT_BYTES
      thread.bytes.set(key, slot)
      thread.bytes.set(value, slot + 32)
    }
    thread.core.publishStaged(staged)
    flags = 0
    start += slots.length
  } while (start < change.slots.length)
}

function flagsOf({ nonce, balance, code, storageCleared }: StateChange): number {
  let flags = 0
  if (nonce !== undefined) flags |= STAGED_HAS_NONCE
  if (balance !== undefined) flags |= STAGED_HAS_BALANCE
  if (code) flags |= STAGED_HAS_CODE
  if (code === null) flags |= STAGED_DELETES
  if (storageCleared) flags |= STAGED_CLEARS_STORAGE
  return flags
}

function writeFields(thread: CoreThread, staged: number, change: StateChange): void {
  const { nonce, balance, code } = change
  if (nonce !== undefined) storeLong(thread, staged + STAGED_NONCE, nonce)
  if (balance !== undefined) writeBigInt(thread, staged + STAGED_BALANCE, balance)
  if (code) thread.bytes.set(codeHash(code), staged + STAGED_CODE_HASH)
}

function codeHash(code: Uint8Array): Uint8Array {
  return code.length === 0 ? EMPTY_CODE_HASH : keccak256(code)
}
