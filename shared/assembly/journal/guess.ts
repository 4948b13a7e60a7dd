/**
 * Lazy slots. The first SLOAD of a slot does not read it: it takes the value that the slot probably
 * has as a *guess*, and notes the range within which every other value would have taken the
 * execution the same way. A slot that only went through additions, checked subtractions and
 * comparisons into its own SSTORE is then written as a delta with that range, which is checked at
 * commit, and nobody depends on anybody. Whatever else is done with the value makes the guess a
 * read (`settleGuess`).
 *
 * What proves that is the instructions that were executed (interpreter/lazy.ts), not a selector or
 * a list of contracts. Tokens' balances are what it is for: transfers from many to one run in
 * parallel.
 *
 *   Range (journal region)  0 low[32]  32 high[32], both inclusive  64 the transaction whose
 * ESTIMATE
 *     the guess looked through
 */

import { recordRead } from '../stm/read-set'
import { peekClaim, peekSlot } from '../stm/peek'
import { lastBlockingTx, resolve } from '../stm/resolve'
import { wordClear, wordCopy, wordEquals, wordFill, wordLess } from '../u256/word'
import {
  currentTx,
  hasDeclaredWrites,
  hasStopped,
  readBase,
  readsEagerly,
  stopToRepeat,
} from './access'
import {
  allocateEntry,
  clearKnown,
  FLAG_VALUE,
  hasFlag,
  IS_GUESSED,
  IS_UNCERTAIN,
  journalScratch,
  KNOWN_VALUE,
  knows,
  setKnown,
  SLOT_BASE,
  SLOT_RANGE,
  SLOT_VALUE,
} from './entries'
import { readSlot, slotLocation } from './slot'

const RANGE_HIGH: usize = 32
const RANGE_BLOCKER: usize = 64
const RANGE_BYTES: usize = 72

/** Whether the slot's value before the transaction is a guess. */
@inline
export function isGuessed(slot: usize): bool {
  return knows(slot, IS_GUESSED)
}

/** Guesses the value of a slot of which nothing is known; false: it is to be read. */
function guess(slot: usize): bool {
  if (readsEagerly() || hasStopped()) return false
  const location = slotLocation(slot)
  const base = slot + SLOT_BASE
  let isUncertain = hasDeclaredWrites()
  if (isUncertain) {
    if (!peekClaim(location, currentTx(), base)) return false
  } else if (!resolve(location, currentTx(), base)) {
    isUncertain = true
    if (!peekSlot(location, currentTx(), base)) return false
  }
  const range = allocateEntry(RANGE_BYTES)
  wordClear(range)
  wordFill(range + RANGE_HIGH)
  store<u32>(range, lastBlockingTx(), RANGE_BLOCKER)
  store<u32>(slot, <u32>range, SLOT_RANGE)
  setKnown(slot, KNOWN_VALUE | IS_GUESSED)
  if (isUncertain) setKnown(slot, IS_UNCERTAIN)
  return true
}

/** Writes the current value to `out`; true when it rests on a guess. */
export function loadSlot(slot: usize, out: usize): bool {
  if (!knows(slot, KNOWN_VALUE)) guess(slot)
  readSlot(slot, out)
  return isGuessed(slot)
}

/** Makes the guess a read; false: the execution has stopped. */
export function settleGuess(slot: usize): bool {
  if (hasStopped()) return false
  if (knows(slot, IS_UNCERTAIN)) {
    const value = journalScratch()
    if (!readBase(slotLocation(slot), value)) return false
    if (!wordEquals(value, slot + SLOT_BASE)) {
      stopToRepeat(load<u32>(rangeLow(slot), RANGE_BLOCKER))
      return false
    }
  } else {
    recordRead(slotLocation(slot), slot + SLOT_BASE)
  }
  clearKnown(slot, IS_GUESSED | IS_UNCERTAIN)
  return true
}

/** Whether the slot is written as a lazy update: it was only moved, and not read. */
export function isMoved(slot: usize): bool {
  if (!isGuessed(slot) || !hasFlag(slot, FLAG_VALUE)) return false
  return !wordEquals(slot + SLOT_VALUE, slot + SLOT_BASE)
}

@inline
export function rangeLow(slot: usize): usize {
  return <usize>load<u32>(slot, SLOT_RANGE)
}

@inline
export function rangeHigh(slot: usize): usize {
  return <usize>load<u32>(slot, SLOT_RANGE) + RANGE_HIGH
}

/** The execution goes this way only if the guess is at least `low`. */
export function raiseLow(slot: usize, low: usize): void {
  if (wordLess(rangeLow(slot), low)) wordCopy(rangeLow(slot), low)
}

/** The execution goes this way only if the guess is at most `high`. */
export function lowerHigh(slot: usize, high: usize): void {
  if (wordLess(high, rangeHigh(slot))) wordCopy(rangeHigh(slot), high)
}
