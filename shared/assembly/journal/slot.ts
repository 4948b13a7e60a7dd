/**
 * One storage slot as the execution sees it, read only when its value is needed. The slot of the
 * same key in transient storage (EIP-1153) lives beside it.
 */

import { KIND_STORAGE_EPOCH } from '../../src/layout/records'
import { locateSlot, NOWHERE } from '../stm/location'
import { wordClear, wordCopy } from '../u256/word'
import { readBase } from './access'
import {
  ACCOUNT_ADDRESS,
  ACCOUNT_HASH,
  FLAG_TRANSIENT,
  FLAG_VALUE,
  FLAG_WARM,
  hasFlag,
  KNOWN_VALUE,
  knows,
  setFlag,
  setKnown,
  SLOT_ACCOUNT,
  SLOT_BASE,
  SLOT_KEY,
  SLOT_LOCATION,
  SLOT_TRANSIENT,
  SLOT_VALUE,
  WAS_ACCESSED,
} from './entries'
import { accountLocation } from './lookup'
import { ownSlot } from './own-location'
import { keepField, keepFlags } from './undo-log'

export { slotAt } from './lookup'

export function slotLocation(slot: usize): usize {
  let location = <usize>load<u32>(slot, SLOT_LOCATION)
  if (location == 0) {
    const account = <usize>load<u32>(slot, SLOT_ACCOUNT)
    const hash = load<u64>(account, ACCOUNT_HASH)
    location = locateSlot(hash, account + ACCOUNT_ADDRESS, slot + SLOT_KEY)
    if (location == NOWHERE) {
      location = ownSlot(slot + SLOT_KEY, accountLocation(account, KIND_STORAGE_EPOCH))
    }
    store<u32>(slot, <u32>location, SLOT_LOCATION)
  }
  return location
}

/** Writes the current value to `out`. */
export function readSlot(slot: usize, out: usize): void {
  if (hasFlag(slot, FLAG_VALUE)) wordCopy(out, slot + SLOT_VALUE)
  else readOriginal(slot, out)
}

/** Writes the value before the transaction (EIP-2200) to `out`. */
export function readOriginal(slot: usize, out: usize): void {
  if (learnOriginal(slot)) wordCopy(out, slot + SLOT_BASE)
  else wordClear(out)
}

/** False: the execution has stopped. */
export function learnOriginal(slot: usize): bool {
  if (knows(slot, KNOWN_VALUE)) return true
  if (!readBase(slotLocation(slot), slot + SLOT_BASE)) return false
  setKnown(slot, KNOWN_VALUE)
  return true
}

export function writeSlot(slot: usize, value: usize): void {
  keepField(slot, SLOT_VALUE)
  setFlag(slot, FLAG_VALUE)
  wordCopy(slot + SLOT_VALUE, value)
}

/** Marks the slot as accessed (EIP-2929); true when it was cold. */
export function warmSlot(slot: usize): bool {
  if (hasFlag(slot, FLAG_WARM)) return false
  keepFlags(slot)
  setFlag(slot, FLAG_WARM)
  setKnown(slot, WAS_ACCESSED)
  return true
}

export function readTransient(slot: usize, out: usize): void {
  if (hasFlag(slot, FLAG_TRANSIENT)) wordCopy(out, slot + SLOT_TRANSIENT)
  else wordClear(out)
}

export function writeTransient(slot: usize, value: usize): void {
  keepField(slot, SLOT_TRANSIENT)
  setFlag(slot, FLAG_TRANSIENT)
  wordCopy(slot + SLOT_TRANSIENT, value)
}
