/**
 * The execution of one transaction (Yellow Paper 6): charge the sender, run the call or creation,
 * settle gas, pay the beneficiary, delete what is to be deleted. A transfer to an account without
 * code never enters the interpreter, and reads no balance.
 */

import {
  ENV_BENEFICIARY,
  REVISION_BERLIN,
  REVISION_LONDON,
  REVISION_SHANGHAI,
} from '../../src/layout/environment'
import {
  ACCESS_KEYS,
  ACCESS_SLOT_COUNT,
  MESSAGE_ACCESS_COUNT,
  MESSAGE_ACCESS_LIST,
  MESSAGE_BLOB_COUNT,
  MESSAGE_BLOB_HASHES,
  MESSAGE_DATA,
  MESSAGE_DATA_BYTES,
  MESSAGE_GAS_LIMIT,
  MESSAGE_NONCE,
  MESSAGE_TO,
  MESSAGE_VALUE,
} from '../../src/layout/message'
import {
  RESULT_SUCCESS,
  resultGasLeft,
  resultGasRefund,
  runCall,
  runCreate,
  setTransactionContext,
} from '../interpreter/call'
import {
  accountAt,
  credit,
  debit,
  deleteTouchedEmptyAccounts,
  hasCode,
  isBalanceKnown,
  record,
  setNonce,
  touch,
  warmAccount,
} from '../journal/account'
import { slotAt, warmSlot } from '../journal/slot'
import { deletesEmptyAccounts, hasStopped } from '../journal/state'
import { environment } from '../memory/thread'
import { precompileAt } from '../precompiles/precompile'
import { applyAuthorizations } from './authorization'
import { isAtLeast } from './environment'
import { amountFor, computePrices, gasPrice, tipPrice, upfrontCost } from './fees'
import {
  checkedFloorGas,
  checkCall,
  checkedIntrinsicGas,
  checkTransaction,
  isCreation,
  VALID,
} from './validity'

// Worker-local: the outcome of the last message, and what its transaction paid for.
let isSuccess: bool = false
let isMessage: bool = false
let gasLeft: u64 = 0
let gasRefund: u64 = 0
let usedGas: u64 = 0
let refundedGas: u64 = 0

/** Whether the message of the last transaction succeeded. */
@inline
export function hasSucceeded(): bool {
  return isSuccess
}

/** Whether it was more than a transfer: its end and output are there (interpreter/call.ts). */
@inline
export function hasRunMessage(): bool {
  return isMessage
}

/** Gas that the last transaction paid for. */
@inline
export function settledGas(): u64 {
  return usedGas
}

/** The part of what it consumed that came back. */
@inline
export function settledRefund(): u64 {
  return refundedGas
}

/**
 * Executes the transaction on a state that nothing has changed yet. VALID, or why (REASON_*) it may
 * not stand here; the answer of a stopped execution (`hasStopped`) means nothing.
 */
export function runTransaction(message: usize, senderAddress: usize, isEager: bool): i32 {
  const sender = accountAt(senderAddress)
  const reason = checkTransaction(message, sender, isEager)
  if (reason == VALID && !hasStopped()) carryOut(message, sender, senderAddress)
  return reason
}

/** The same for a call (`checkCall`). */
export function runUnsigned(message: usize, senderAddress: usize): i32 {
  const sender = accountAt(senderAddress)
  const reason = checkCall(message, sender)
  if (reason == VALID && !hasStopped()) carryOut(message, sender, senderAddress)
  return reason
}

function carryOut(message: usize, sender: usize, senderAddress: usize): void {
  if (!deletesEmptyAccounts()) record(sender)
  setNonce(sender, load<u64>(message, MESSAGE_NONCE) + 1)
  computePrices(message)
  debit(sender, upfrontCost(message))
  if (isAtLeast(REVISION_BERLIN)) warmUp(message, sender)
  const authorizationRefund = applyAuthorizations(message)
  const recipient = plainRecipient(message)
  if (hasStopped()) return
  gasLeft = load<u64>(message, MESSAGE_GAS_LIMIT) - checkedIntrinsicGas()
  isMessage = recipient == 0
  if (isMessage) runMessage(message, senderAddress)
  else transfer(message, sender, recipient)
  if (hasStopped()) return
  settle(message, sender, authorizationRefund)
  if (deletesEmptyAccounts()) deleteTouchedEmptyAccounts()
}

/** EIP-2929, EIP-2930, EIP-3651. */
function warmUp(message: usize, sender: usize): void {
  warmAccount(sender)
  if (!isCreation(message)) warmAccount(accountAt(message + MESSAGE_TO))
  if (isAtLeast(REVISION_SHANGHAI)) warmAccount(accountAt(environment() + ENV_BENEFICIARY))
  let entry = <usize>load<u32>(message, MESSAGE_ACCESS_LIST)
  for (let left = load<u32>(message, MESSAGE_ACCESS_COUNT); left > 0; left--) {
    const account = accountAt(entry)
    warmAccount(account)
    const end = entry + ACCESS_KEYS + <usize>load<u32>(entry, ACCESS_SLOT_COUNT) * 32
    for (let key = entry + ACCESS_KEYS; key < end; key += 32) warmSlot(slotAt(account, key))
    entry = end
  }
}

/**
 * The recipient if nothing runs there, else 0. When its balance has been read already, its credit
 * must be checked for overflow, so that such a rare transfer is left to the interpreter.
 */
function plainRecipient(message: usize): usize {
  if (isCreation(message) || precompileAt(message + MESSAGE_TO) != 0) return 0
  const recipient = accountAt(message + MESSAGE_TO)
  return hasCode(recipient) || isBalanceKnown(recipient) ? 0 : recipient
}

function transfer(message: usize, sender: usize, recipient: usize): void {
  touch(recipient)
  debit(sender, message + MESSAGE_VALUE)
  credit(recipient, message + MESSAGE_VALUE)
  isSuccess = true
  gasRefund = 0
}

function runMessage(message: usize, sender: usize): void {
  const blobHashes = <usize>load<u32>(message, MESSAGE_BLOB_HASHES)
  setTransactionContext(sender, gasPrice(), blobHashes, load<u32>(message, MESSAGE_BLOB_COUNT))
  const value = message + MESSAGE_VALUE
  const data = <usize>load<u32>(message, MESSAGE_DATA)
  const dataBytes = load<u32>(message, MESSAGE_DATA_BYTES)
  const nonce = load<u64>(message, MESSAGE_NONCE)
  const result = isCreation(message)
    ? runCreate(sender, nonce, value, data, dataBytes, <i64>gasLeft)
    : runCall(sender, message + MESSAGE_TO, value, data, dataBytes, <i64>gasLeft)
  isSuccess = result == RESULT_SUCCESS
  gasLeft = <u64>resultGasLeft()
  gasRefund = <u64>resultGasRefund()
}

/** Refunds are capped (EIP-3529 from London on); the floor is EIP-7623's. */
function settle(message: usize, sender: usize, authorizationRefund: u64): void {
  const gasLimit = load<u64>(message, MESSAGE_GAS_LIMIT)
  const used = gasLimit - gasLeft
  const cap = used / (isAtLeast(REVISION_LONDON) ? 5 : 2)
  refundedGas = min<u64>(gasRefund + authorizationRefund, cap)
  usedGas = max<u64>(used - refundedGas, checkedFloorGas())
  credit(sender, amountFor(gasLimit - usedGas, gasPrice()))
  const beneficiary = accountAt(environment() + ENV_BENEFICIARY)
  touch(beneficiary)
  credit(beneficiary, amountFor(usedGas, tipPrice()))
}
