/** Storage and transient storage of the frame's account, and what a change of storage costs. */

import {
  REVISION_BERLIN,
  REVISION_CONSTANTINOPLE,
  REVISION_ISTANBUL,
  REVISION_LONDON,
} from '../../src/layout/environment'
import { FAULT_OUT_OF_GAS, FAULT_STATIC_VIOLATION } from '../../src/layout/frame'
import { accountOf, isStatic } from '../interpreter/frame'
import { addRefund, revision } from '../interpreter/machine'
import { takeLazyStore } from '../interpreter/lazy'
import { ended } from '../interpreter/stop'
import { watchGuess } from '../interpreter/watch'
import { isGuessed, loadSlot, settleGuess } from '../journal/guess'
import {
  readOriginal,
  readSlot,
  readTransient,
  slotAt,
  warmSlot,
  writeSlot,
  writeTransient,
} from '../journal/slot'
import { wordEquals, wordIsZero } from '../u256/word'

/** EIP-2929: what a cold slot costs, and what of that is above the price of a warm one. */
const COLD_GAS: i64 = 2100
const COLD_SURCHARGE: i64 = 2000

const SET_GAS: i64 = 20000
const RESET_GAS: i64 = 5000
const CLEAR_REFUND: i64 = 15000
/** EIP-3529. */
const CLEAR_REFUND_LONDON: i64 = 4800
/** EIP-2200: no SSTORE with the gas of a stipend or less. */
const STIPEND: i64 = 2300

/** The key gives way to the value. */
export function sload(frame: usize, sp: usize, gas: i64): i64 {
  const slot = slotAt(accountOf(frame), sp)
  if (revision() >= REVISION_BERLIN && warmSlot(slot)) {
    gas -= COLD_SURCHARGE
    if (gas < 0) return FAULT_OUT_OF_GAS
  }
  if (loadSlot(slot, sp)) watchGuess(sp, slot)
  return ended(gas)
}

/** Operands: key, value. */
export function sstore(frame: usize, sp: usize, gas: i64): i64 {
  if (isStatic(frame)) return FAULT_STATIC_VIOLATION
  const now = revision()
  if (now >= REVISION_ISTANBUL && gas <= STIPEND) return FAULT_OUT_OF_GAS
  const slot = slotAt(accountOf(frame), sp)
  if (now >= REVISION_BERLIN && warmSlot(slot)) gas -= COLD_GAS
  if (!takeLazyStore(slot) && isGuessed(slot)) settleGuess(slot)
  const value = sp + 32
  const current = sp - 32
  readSlot(slot, current)
  const isMetered = now >= REVISION_ISTANBUL || now == REVISION_CONSTANTINOPLE
  gas -= isMetered ? meteredGas(slot, current, value, now) : plainGas(current, value)
  if (gas < 0) return FAULT_OUT_OF_GAS
  if (!wordEquals(current, value)) writeSlot(slot, value)
  return ended(gas)
}

/** Gas by whether the value is zero before and after (Yellow Paper, appendix H). */
function plainGas(current: usize, value: usize): i64 {
  if (wordIsZero(current)) return wordIsZero(value) ? RESET_GAS : SET_GAS
  if (wordIsZero(value)) addRefund(CLEAR_REFUND)
  return RESET_GAS
}

/**
 * Gas by what the slot held before the transaction (EIP-1283, EIP-2200). `dirtyGas` is the price of
 * what changes nothing, or what has been changed before: that of SLOAD, of which EIP-2929 takes
 * COLD_GAS off where a slot is changed for the first time.
 */
function meteredGas(slot: usize, current: usize, value: usize, now: i32): i64 {
  const dirtyGas: i64 = now >= REVISION_BERLIN ? 100 : now >= REVISION_ISTANBUL ? 800 : 200
  if (wordEquals(current, value)) return dirtyGas
  const resetGas = now >= REVISION_BERLIN ? RESET_GAS - COLD_GAS : RESET_GAS
  const clearRefund = now >= REVISION_LONDON ? CLEAR_REFUND_LONDON : CLEAR_REFUND
  const original = current - 32
  readOriginal(slot, original)
  const isNew = wordIsZero(original)
  if (wordEquals(original, current)) {
    if (isNew) return SET_GAS
    if (wordIsZero(value)) addRefund(clearRefund)
    return resetGas
  }
  if (!isNew) {
    if (wordIsZero(current)) addRefund(-clearRefund)
    else if (wordIsZero(value)) addRefund(clearRefund)
  }
  if (wordEquals(original, value)) addRefund((isNew ? SET_GAS : resetGas) - dirtyGas)
  return dirtyGas
}

/** EIP-1153. The key gives way to the value. */
export function tload(frame: usize, sp: usize): void {
  readTransient(slotAt(accountOf(frame), sp), sp)
}

/** Operands: key, value. */
export function tstore(frame: usize, sp: usize, gas: i64): i64 {
  if (isStatic(frame)) return FAULT_STATIC_VIOLATION
  writeTransient(slotAt(accountOf(frame), sp), sp + 32)
  return gas
}
