/**
 * What the execution changes, staged as its write set. An absolute value that is what it was before
 * is not written; the rest of an account is left alone when it is deleted.
 */

import { BLOCK_EPOCH } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { stageAbsolute, stageDelta } from '../stm/write-set'
import { wordAdd, wordEquals, wordFill, wordIsZero, wordSet, wordSubtract } from '../u256/word'
import { currentIncarnation, currentTx, hasStopped } from './access'
import { epochLocation, nonceLocation } from './account'
import { balanceLocation, isBalanceKnown, learnBalance } from './balance'
import { codeBefore, codeLocation, storedCode } from './code'
import {
  ACCOUNT_BALANCE_BASE,
  ACCOUNT_CODE,
  ACCOUNT_CODE_BASE,
  ACCOUNT_DELTA,
  ACCOUNT_FIRST_SLOT,
  ACCOUNT_NONCE,
  ACCOUNT_NONCE_BASE,
  ACCOUNT_REQUIRED,
  ENTRY_LATER,
  FLAG_CODE,
  FLAG_DESTROYED,
  FLAG_NONCE,
  FLAG_VALUE,
  hasFlag,
  IS_COUNTED_ON,
  journalScratch,
  KNOWN_CODE,
  KNOWN_NONCE,
  knows,
  SLOT_BASE,
  SLOT_VALUE,
} from './entries'
import { isGuessed, isMoved, rangeHigh, rangeLow, settleGuess } from './guess'
import { firstAccount } from './lookup'
import { learnOriginal, slotLocation } from './slot'

/** Stages all writes; it may read what was not needed before, so that the execution may stop. */
export function stageState(): void {
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ENTRY_LATER)) {
    if (hasFlag(account, FLAG_DESTROYED)) {
      stageDeletion(account)
    } else {
      stageBalance(account)
      stageNonce(account)
      stageCode(account)
      stageSlots(account)
    }
    if (hasStopped()) return
  }
}

function stageLong(location: usize, value: u64): void {
  const word = journalScratch()
  wordSet(word, value)
  stageAbsolute(location, currentIncarnation(), word)
}

/** The writes of a deleted account's slots are gone, what the execution rests on is not. */
function settleGuesses(account: usize): void {
  let slot = <usize>load<u32>(account, ACCOUNT_FIRST_SLOT)
  for (; slot != 0; slot = load<u32>(slot, ENTRY_LATER)) {
    if (isGuessed(slot) && !settleGuess(slot)) return
  }
}

function stageDeletion(account: usize): void {
  settleGuesses(account)
  const isRecorded = codeBefore(account) != 0
  if (hasStopped()) return
  // The epoch goes first, so that no older value of a slot outlives it.
  if (isRecorded) stageLong(epochLocation(account), newEpoch())
  const isUnheld = isBalanceKnown(account) && wordIsZero(account + ACCOUNT_BALANCE_BASE)
  if (!isUnheld) stageLong(balanceLocation(account), 0)
  const hadNoNonce = knows(account, KNOWN_NONCE) && wordIsZero(account + ACCOUNT_NONCE_BASE)
  if (!hadNoNonce) stageLong(nonceLocation(account), 0)
  if (isRecorded) stageLong(codeLocation(account), 0)
}

/** Above every epoch before, and told apart from those of the block's other transactions. */
@inline
function newEpoch(): u64 {
  return (<u64>load<u32>(CONTROL_OFFSET + BLOCK_EPOCH) << 32) | (<u64>currentTx() + 1)
}

function stageBalance(account: usize): void {
  const delta = account + ACCOUNT_DELTA
  const word = journalScratch()
  // What was counted on and then not moved is no write: it is read after all.
  if (wordIsZero(delta) && knows(account, IS_COUNTED_ON) && !learnBalance(account)) return
  if (isBalanceKnown(account)) {
    if (wordIsZero(delta)) return
    wordAdd(word, account + ACCOUNT_BALANCE_BASE, delta)
    stageAbsolute(balanceLocation(account), currentIncarnation(), word)
    return
  }
  const required = account + ACCOUNT_REQUIRED
  if (wordIsZero(delta) && wordIsZero(required)) return
  wordFill(word)
  stageDelta(balanceLocation(account), currentIncarnation(), delta, required, word)
}

function stageNonce(account: usize): void {
  if (!hasFlag(account, FLAG_NONCE)) return
  const nonce = load<u64>(account, ACCOUNT_NONCE)
  if (knows(account, KNOWN_NONCE) && load<u64>(account, ACCOUNT_NONCE_BASE) == nonce) return
  stageLong(nonceLocation(account), nonce)
}

function stageCode(account: usize): void {
  if (!hasFlag(account, FLAG_CODE)) return
  const code = storedCode(load<u32>(account, ACCOUNT_CODE))
  if (knows(account, KNOWN_CODE) && <usize>load<u32>(account, ACCOUNT_CODE_BASE) == code) return
  stageLong(codeLocation(account), code)
}

function stageSlots(account: usize): void {
  let slot = <usize>load<u32>(account, ACCOUNT_FIRST_SLOT)
  for (; slot != 0; slot = load<u32>(slot, ENTRY_LATER)) {
    if (isMoved(slot)) {
      stageMove(slot)
      continue
    }
    if (isGuessed(slot) && !settleGuess(slot)) return
    if (!hasFlag(slot, FLAG_VALUE)) continue
    if (!learnOriginal(slot)) return
    if (wordEquals(slot + SLOT_VALUE, slot + SLOT_BASE)) continue
    stageAbsolute(slotLocation(slot), currentIncarnation(), slot + SLOT_VALUE)
  }
}

function stageMove(slot: usize): void {
  const amount = journalScratch()
  wordSubtract(amount, slot + SLOT_VALUE, slot + SLOT_BASE)
  const location = slotLocation(slot)
  stageDelta(location, currentIncarnation(), amount, rangeLow(slot), rangeHigh(slot))
}
