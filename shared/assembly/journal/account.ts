/**
 * One account as the execution sees it. Each location is read at most once and only when its value
 * is needed, never when the rules tell it. Balance and code have files of their own.
 */

import { KIND_NONCE, KIND_STORAGE_EPOCH } from '../../src/layout/records'
import { wordIsZero, wordSet } from '../u256/word'
import { deletesEmptyAccounts, expectBase, hasStopped, readBase } from './access'
import {
  assumeNoBalance,
  isBalanceKnown,
  isSurelyPositive,
  learnBalance,
  readBalance,
} from './balance'
import { codeOf, emptyCode, hasCode, setCode } from './code'
import {
  ACCOUNT_ADDRESS,
  ACCOUNT_IDENTITY,
  ACCOUNT_NONCE,
  ACCOUNT_NONCE_BASE,
  ACCOUNT_REQUIRED,
  clearKnown,
  ENTRY_LATER,
  FLAG_CREATED,
  FLAG_DESTROYED,
  FLAG_NONCE,
  FLAG_TOUCHED,
  FLAG_WARM,
  HAS_NO_OLD_STORAGE,
  HAS_ORPHAN_STORAGE,
  hasFlag,
  journalScratch,
  IS_COUNTED_ON,
  KNOWN_EPOCH,
  KNOWN_NONCE,
  knows,
  setFlag,
  setKnown,
  TOUCHED_FOR_GOOD,
  WAS_ACCESSED,
} from './entries'
import { accountLocation, firstAccount } from './lookup'
import { keepField, keepFlags } from './undo-log'

export {
  credit,
  creditOverflows,
  debit,
  isBalanceKnown,
  readBalance,
  requireBalance,
  tryDebit,
} from './balance'
export { codeHashOf, codeOf, createCode, emptyCode, hasCode, setCode } from './code'
export { accountAt } from './lookup'

@inline
export function nonceLocation(account: usize): usize {
  return accountLocation(account, KIND_NONCE)
}

@inline
export function epochLocation(account: usize): usize {
  return accountLocation(account, KIND_STORAGE_EPOCH)
}

export function readNonce(account: usize): u64 {
  if (hasFlag(account, FLAG_NONCE)) return load<u64>(account, ACCOUNT_NONCE)
  if (!knows(account, KNOWN_NONCE)) {
    if (!readBase(nonceLocation(account), account + ACCOUNT_NONCE_BASE)) return 0
    setKnown(account, KNOWN_NONCE)
  }
  return load<u64>(account, ACCOUNT_NONCE_BASE)
}

export function setNonce(account: usize, nonce: u64): void {
  keepField(account, ACCOUNT_IDENTITY)
  setFlag(account, FLAG_NONCE)
  store<u64>(account, nonce, ACCOUNT_NONCE)
}

/** Counts on a nonce before the execution, without reading it. */
export function expectNonce(account: usize, nonce: u64): void {
  const word = journalScratch()
  wordSet(word, nonce)
  expectBase(nonceLocation(account), word)
}

/**
 * Makes the account exist by the rules before EIP-161: what is not recorded does not exist, so its
 * balance and nonce need not be read.
 */
export function record(account: usize): void {
  // A read that stopped the execution answers zero, which says nothing.
  if (codeOf(account) != 0 || hasStopped()) return
  assumeNoBalance(account)
  if (hasStopped()) return
  if (!knows(account, KNOWN_NONCE)) {
    wordSet(account + ACCOUNT_NONCE_BASE, 0)
    setKnown(account, KNOWN_NONCE)
  }
  setCode(account, emptyCode())
}

/** Emptiness by EIP-161. */
export function isEmpty(account: usize): bool {
  if (isSurelyNotEmpty(account)) return false
  return !hasCode(account) && readNonce(account) == 0 && !holdsBalance(account)
}

/** Existence from EIP-161 on: recorded, or made by a lazy credit or a nonce. */
export function exists(account: usize): bool {
  if (isSurelyNotEmpty(account)) return true
  return codeOf(account) != 0 || readNonce(account) != 0 || holdsBalance(account)
}

function isSurelyNotEmpty(account: usize): bool {
  if (isSurelyPositive(account)) return true
  const isNonceAtHand = hasFlag(account, FLAG_NONCE) || knows(account, KNOWN_NONCE)
  return isNonceAtHand && readNonce(account) != 0
}

function holdsBalance(account: usize): bool {
  const balance = journalScratch()
  readBalance(account, balance)
  return !wordIsZero(balance)
}

/** Marks the account as touched (EIP-161); before that rule, it exists from now on. */
export function touch(account: usize): void {
  if (!deletesEmptyAccounts()) {
    record(account)
  } else if (isRipemd(account + ACCOUNT_ADDRESS)) {
    setKnown(account, TOUCHED_FOR_GOOD)
  } else if (!hasFlag(account, FLAG_TOUCHED)) {
    keepFlags(account)
    setFlag(account, FLAG_TOUCHED)
  }
}

/**
 * The RIPEMD-160 precompile stays touched when the call that touched it fails: block 2,675,119 of
 * mainnet was mined so, and EIP-161's clients kept it.
 */
@inline
function isRipemd(address: usize): bool {
  const upper = load<u64>(address) | load<u64>(address, 8)
  return upper == 0 && bswap<u32>(load<u32>(address, 16)) == 3
}

/** Deletes touched accounts that are empty; of one not recorded there is nothing to delete. */
export function deleteTouchedEmptyAccounts(): void {
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ENTRY_LATER)) {
    if (!hasFlag(account, FLAG_TOUCHED) && !knows(account, TOUCHED_FOR_GOOD)) continue
    if (!isSurelyNotEmpty(account) && codeOf(account) != 0 && isEmpty(account)) destroy(account)
  }
}

/** Marks the account as accessed (EIP-2929); true when it was cold. */
export function warmAccount(account: usize): bool {
  if (hasFlag(account, FLAG_WARM)) return false
  keepFlags(account)
  setFlag(account, FLAG_WARM)
  setKnown(account, WAS_ACCESSED)
  return true
}

/** At the end the account is deleted with all it holds. */
export function destroy(account: usize): void {
  // A deletion carries no bound, so that what counted on one becomes a read.
  if (!isBalanceKnown(account) && !wordIsZero(account + ACCOUNT_REQUIRED)) learnBalance(account)
  keepFlags(account)
  setFlag(account, FLAG_DESTROYED)
}

@inline
export function isDestroyed(account: usize): bool {
  return hasFlag(account, FLAG_DESTROYED)
}

export function markCreated(account: usize): void {
  keepFlags(account)
  setFlag(account, FLAG_CREATED)
}

/** Created in this transaction (EIP-6780). */
@inline
export function isCreated(account: usize): bool {
  return hasFlag(account, FLAG_CREATED)
}

/** True when the account has storage although it has neither code nor nonce (EIP-7610). */
export function hasOrphanStorage(account: usize): bool {
  if (knows(account, HAS_NO_OLD_STORAGE)) return false
  if (!knows(account, KNOWN_EPOCH)) {
    const epoch = journalScratch()
    if (!readBase(epochLocation(account), epoch)) return false
    setKnown(account, KNOWN_EPOCH)
    const upper = load<u64>(epoch, 8) | load<u64>(epoch, 16) | load<u64>(epoch, 24)
    if (upper != 0) setKnown(account, HAS_ORPHAN_STORAGE)
  }
  return knows(account, HAS_ORPHAN_STORAGE)
}

/** A contract begins here; no code, nonce or storage was found, so no slot needs to be read. */
export function beginContract(account: usize): void {
  if (hasStopped()) return
  setKnown(account, HAS_NO_OLD_STORAGE)
  if (codeOf(account) == 0) setCode(account, emptyCode())
}

/** Forgets what no revert takes back but a rewind does. */
export function rewindAccounts(): void {
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ENTRY_LATER)) {
    wordSet(account + ACCOUNT_REQUIRED, 0)
    clearKnown(account, TOUCHED_FOR_GOOD | IS_COUNTED_ON)
  }
}
