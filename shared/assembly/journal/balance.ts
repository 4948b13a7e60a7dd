/**
 * An account's balance as the execution sees it. It can move without being read, and is then
 * written as a delta with the least balance that it counts on; once read, it is written as an
 * absolute value.
 *
 * The bound is not undone by a revert: what ran before it rests on it. Only a rewind clears it.
 */

import { KIND_BALANCE } from '../../src/layout/records'
import { peek, peekClaim } from '../stm/peek'
import {
  wordAdd,
  wordClear,
  wordCopy,
  wordIsNegative,
  wordIsZero,
  wordLess,
  wordSubtract,
} from '../u256/word'
import { currentTx, hasDeclaredWrites, readBase, readsEagerly, stopForFunds } from './access'
import {
  ACCOUNT_BALANCE_BASE,
  ACCOUNT_DELTA,
  ACCOUNT_REQUIRED,
  IS_COUNTED_ON,
  journalScratch,
  KNOWN_BALANCE,
  knows,
  setKnown,
} from './entries'
import { accountLocation } from './lookup'
import { keepField } from './undo-log'

@inline
export function balanceLocation(account: usize): usize {
  return accountLocation(account, KIND_BALANCE)
}

@inline
export function isBalanceKnown(account: usize): bool {
  return knows(account, KNOWN_BALANCE)
}

/** Reads the balance into `out`, in wei; later changes are absolute. */
export function readBalance(account: usize, out: usize): void {
  if (learnBalance(account)) wordAdd(out, account + ACCOUNT_BALANCE_BASE, account + ACCOUNT_DELTA)
  else wordClear(out)
}

/** True when adding `amount` to the balance, which was read, would not fit into 256 bits. */
export function creditOverflows(account: usize, amount: usize): bool {
  if (!isBalanceKnown(account)) return false
  const balance = journalScratch()
  wordAdd(balance, account + ACCOUNT_BALANCE_BASE, account + ACCOUNT_DELTA)
  return wordAdd(balance, balance, amount)
}

/** Adds to the balance without reading it. */
export function credit(account: usize, amount: usize): void {
  if (wordIsZero(amount)) return
  const delta = account + ACCOUNT_DELTA
  const moved = journalScratch()
  wordAdd(moved, delta, amount)
  const isTooFar = wordIsNegative(amount) || (!wordIsNegative(delta) && wordIsNegative(moved))
  moveTo(account, moved, isTooFar)
}

/** Takes from the balance without reading it; that it suffices is the caller's to ensure. */
export function debit(account: usize, amount: usize): void {
  if (wordIsZero(amount)) return
  const delta = account + ACCOUNT_DELTA
  const moved = journalScratch()
  wordSubtract(moved, delta, amount)
  const isTooFar = wordIsNegative(amount) || (wordIsNegative(delta) && !wordIsNegative(moved))
  moveTo(account, moved, isTooFar)
}

/** `isTooFar`: no signed word can hold the delta, so that only an absolute balance will do. */
function moveTo(account: usize, delta: usize, isTooFar: bool): void {
  keepField(account, ACCOUNT_DELTA)
  wordCopy(account + ACCOUNT_DELTA, delta)
  if (isTooFar) learnBalance(account)
}

/**
 * Takes `amount` if it is there, for a transfer inside a contract. The balance is read only if a
 * look at it makes a bound seem too bold.
 */
export function tryDebit(account: usize, amount: usize): bool {
  if (wordIsZero(amount)) return true
  if (!isBalanceKnown(account) && (readsEagerly() || !countOn(account, amount))) {
    if (!learnBalance(account)) return false
  }
  if (isBalanceKnown(account)) {
    const balance = journalScratch()
    wordAdd(balance, account + ACCOUNT_BALANCE_BASE, account + ACCOUNT_DELTA)
    if (wordLess(balance, amount)) return false
  }
  debit(account, amount)
  return true
}

/** Counts on `amount` being there now; false: it should be read instead. */
function countOn(account: usize, amount: usize): bool {
  if (wordIsNegative(amount)) return false
  const delta = account + ACCOUNT_DELTA
  const needed = journalScratch()
  wordSubtract(needed, amount, delta)
  // Negative: the execution itself has added more, or has taken more than a signed word can tell.
  if (wordIsNegative(needed)) return !wordIsNegative(delta)
  if (!wordLess(account + ACCOUNT_REQUIRED, needed)) return true
  const seen = needed + 32
  const location = balanceLocation(account)
  if (!hasDeclaredWrites()) peek(location, currentTx(), seen)
  else if (!peekClaim(location, currentTx(), seen)) return false
  if (wordIsNegative(seen) || wordLess(seen, needed)) return false
  wordCopy(account + ACCOUNT_REQUIRED, needed)
  setKnown(account, IS_COUNTED_ON)
  return true
}

/** Counts on a balance of at least `amount` before the execution. */
export function requireBalance(account: usize, amount: usize): void {
  const required = account + ACCOUNT_REQUIRED
  if (wordLess(required, amount)) wordCopy(required, amount)
}

/** What there was before the execution is nothing by the rules, so it need not be read. */
export function assumeNoBalance(account: usize): void {
  if (isBalanceKnown(account)) return
  wordClear(account + ACCOUNT_BALANCE_BASE)
  settle(account)
}

/** Reads the balance before the execution; false: the execution has stopped. */
export function learnBalance(account: usize): bool {
  if (isBalanceKnown(account)) return true
  return readBase(balanceLocation(account), account + ACCOUNT_BALANCE_BASE) && settle(account)
}

function settle(account: usize): bool {
  // Kept even when it is too little: whoever executes once more after that need not ask again.
  setKnown(account, KNOWN_BALANCE)
  if (!wordLess(account + ACCOUNT_BALANCE_BASE, account + ACCOUNT_REQUIRED)) return true
  stopForFunds()
  return false
}

/** Known without a read: there was no less than nothing before the execution. */
export function isSurelyPositive(account: usize): bool {
  const delta = account + ACCOUNT_DELTA
  if (!isBalanceKnown(account)) return !wordIsNegative(delta) && !wordIsZero(delta)
  const balance = journalScratch()
  wordAdd(balance, account + ACCOUNT_BALANCE_BASE, delta)
  return wordLess(account + ACCOUNT_BALANCE_BASE, balance)
}
