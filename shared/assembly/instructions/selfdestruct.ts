/** SELFDESTRUCT: who gets the balance, what that costs, and whether the account goes (EIP-6780). */

import {
  REVISION_BERLIN,
  REVISION_CANCUN,
  REVISION_LONDON,
  REVISION_SPURIOUS_DRAGON,
  REVISION_TANGERINE_WHISTLE,
} from '../../src/layout/environment'
import {
  END_STOPPED,
  END_SUCCESS,
  FAULT_OUT_OF_GAS,
  FAULT_STATIC_VIOLATION,
  FRAME_GAS,
} from '../../src/layout/frame'
import { accountOf, isStatic } from '../interpreter/frame'
import { addRefund, revision, setOutput } from '../interpreter/machine'
import {
  codeOf,
  credit,
  debit,
  destroy,
  isCreated,
  isDestroyed,
  isEmpty,
  readBalance,
  touch,
} from '../journal/account'
import { hasStopped } from '../journal/state'
import { wordIsZero } from '../u256/word'
import { accountAtWord, COLD_ACCOUNT_GAS, NEW_ACCOUNT_GAS, warmUp } from './account'

/** Gone with EIP-3529. */
const REFUND: i64 = 24000

/** Operand: the beneficiary. Returns how the frame ends. */
export function selfDestruct(frame: usize, sp: usize, gas: i64): i64 {
  if (isStatic(frame)) return FAULT_STATIC_VIOLATION
  const now = revision()
  const account = accountOf(frame)
  const beneficiary = accountAtWord(sp, sp)
  const amount = sp - 64
  readBalance(account, amount)
  if (now >= REVISION_BERLIN && warmUp(beneficiary)) gas -= COLD_ACCOUNT_GAS
  if (makesAccount(beneficiary, amount, now)) gas -= NEW_ACCOUNT_GAS
  if (gas < 0) return FAULT_OUT_OF_GAS
  if (now < REVISION_LONDON && !isDestroyed(account)) addRefund(REFUND)
  const isDeleted = now < REVISION_CANCUN || isCreated(account)
  if (beneficiary != account) {
    touch(beneficiary)
    credit(beneficiary, amount)
  }
  // The balance of an account that is its own beneficiary is burnt with it.
  if (isDeleted || beneficiary != account) debit(account, amount)
  if (isDeleted) destroy(account)
  setOutput(0, 0)
  store<i64>(frame, gas, FRAME_GAS)
  return hasStopped() ? END_STOPPED : END_SUCCESS
}

/**
 * Whether the beneficiary is one to be paid for: EIP-150, and from EIP-161 on only if it gets
 * ether.
 */
function makesAccount(beneficiary: usize, amount: usize, now: i32): bool {
  if (now >= REVISION_SPURIOUS_DRAGON) return !wordIsZero(amount) && isEmpty(beneficiary)
  return now >= REVISION_TANGERINE_WHISTLE && codeOf(beneficiary) == 0
}
