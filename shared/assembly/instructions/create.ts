/**
 * CREATE and CREATE2 (EIP-1014): what they cost, where the contract comes to stand, and the frame
 * that its initcode runs in. Operands: value, offset and size of the initcode, salt (CREATE2).
 */

import {
  REVISION_BERLIN,
  REVISION_SHANGHAI,
  REVISION_SPURIOUS_DRAGON,
  REVISION_TANGERINE_WHISTLE,
} from '../../src/layout/environment'
import {
  END_ENTER,
  END_STOPPED,
  END_SUCCESS,
  FAULT_BALANCE_OVERFLOW,
  FAULT_COLLISION,
  FAULT_INITCODE_SIZE,
  FAULT_OUT_OF_GAS,
  FAULT_STATIC_VIOLATION,
  FRAME_ADDRESS,
  FRAME_CALL_PRICE,
  FRAME_CALLER,
  FRAME_GAS,
  FRAME_STACK,
  FRAME_VALUE,
} from '../../src/layout/frame'
import { OP_CREATE2 } from '../../src/layout/opcodes'
import {
  accountOf,
  addressOf,
  DEPTH_MAX,
  depthOf,
  enterInitcode,
  frameAbove,
  isStatic,
  setAccount,
} from '../interpreter/frame'
import { clearReturnData, revision } from '../interpreter/machine'
import { rangeAt, reachRange, wordsGas } from '../interpreter/memory'
import { ended } from '../interpreter/stop'
import { receive } from '../interpreter/transfer'
import {
  accountAt,
  beginContract,
  codeOf,
  debit,
  hasCode,
  hasOrphanStorage,
  markCreated,
  readNonce,
  setNonce,
  touch,
  tryDebit,
  warmAccount,
} from '../journal/account'
import { ACCOUNT_ADDRESS } from '../journal/entries'
import { checkpoint, hasStopped, revertTo } from '../journal/state'
import {
  wordClear,
  wordCopy,
  wordFitsLong,
  wordFromAddress,
  wordIsZero,
  wordLong,
} from '../u256/word'
import { contractAddress, saltedAddress } from './contract-address'

/** EIP-3860. */
const INITCODE_BYTES_MAX: u64 = 49152
const INITCODE_WORD_GAS: i64 = 2
/** For the hash of the initcode that the address of CREATE2 holds. */
const HASH_WORD_GAS: i64 = 6

/** As `call` in call.ts. */
export function create(frame: usize, op: u32, sp: usize, gas: i64): i64 {
  if (isStatic(frame)) return FAULT_STATIC_VIOLATION
  const size = sp + 64
  const isTooLong = !wordFitsLong(size) || wordLong(size) > INITCODE_BYTES_MAX
  if (isTooLong && revision() >= REVISION_SHANGHAI) return FAULT_INITCODE_SIZE
  let left = reachRange(frame, sp + 32, size, gas)
  if (left < 0) return left
  left -= initcodeGas(op, wordLong(size))
  if (left < 0) return FAULT_OUT_OF_GAS
  const forwarded = revision() >= REVISION_TANGERINE_WHISTLE ? left - (left >> 6) : left
  left -= forwarded
  const result = op == OP_CREATE2 ? sp + 96 : sp + 64
  store<i64>(frame, left, FRAME_GAS)
  store<i64>(frame, gas - left - forwarded, FRAME_CALL_PRICE)
  store<u32>(frame, <u32>result, FRAME_STACK)
  clearReturnData()
  const creator = accountOf(frame)
  const nonce = readNonce(creator)
  // EIP-2681.
  if (depthOf(frame) >= DEPTH_MAX || nonce == u64.MAX_VALUE || !canPay(creator, sp)) {
    wordClear(result)
    return ended(left + forwarded)
  }
  setNonce(creator, nonce + 1)
  const contract = newContract(addressFor(frame, op, sp, nonce))
  const point = checkpoint()
  debit(creator, sp)
  const end = beginContractAt(contract, sp)
  if (end == END_STOPPED) return end
  if (end != END_SUCCESS) {
    revertTo(point)
    wordClear(result)
    return end == FAULT_BALANCE_OVERFLOW ? left + forwarded : left
  }
  if (wordIsZero(size)) {
    wordFromAddress(result, contract + ACCOUNT_ADDRESS)
    return left + forwarded
  }
  const initcode = rangeAt(frame, sp + 32, size)
  const callee = frameAbove(frame, sp)
  setAccount(callee, contract)
  wordCopy(callee + FRAME_CALLER, frame + FRAME_ADDRESS)
  wordCopy(callee + FRAME_VALUE, sp)
  enterInitcode(callee, initcode, <u32>wordLong(size), forwarded, point)
  return END_ENTER
}

@inline
function initcodeGas(op: u32, bytes: u64): i64 {
  const metered = revision() >= REVISION_SHANGHAI ? wordsGas(bytes, INITCODE_WORD_GAS) : 0
  return metered + (op == OP_CREATE2 ? wordsGas(bytes, HASH_WORD_GAS) : 0)
}

/** Whether the account has the amount; it is taken only later, so that it can come back alone. */
function canPay(account: usize, amount: usize): bool {
  if (wordIsZero(amount)) return true
  const point = checkpoint()
  const isThere = tryDebit(account, amount)
  revertTo(point)
  return isThere
}

function addressFor(frame: usize, op: u32, sp: usize, nonce: u64): usize {
  const scratch = sp - 128
  if (op != OP_CREATE2) return contractAddress(scratch, addressOf(frame), nonce)
  const initcode = rangeAt(frame, sp + 32, sp + 64)
  return saltedAddress(scratch, addressOf(frame), sp + 96, initcode, <u32>wordLong(sp + 64))
}

/** The account at the address of a contract to be; it becomes warm, and stays so (EIP-2929). */
export function newContract(address: usize): usize {
  const account = accountAt(address)
  if (revision() >= REVISION_BERLIN) warmAccount(account)
  return account
}

/** Gives the account the first state of a contract and its value. END_SUCCESS, or why not. */
export function beginContractAt(account: usize, value: usize): i64 {
  markCreated(account)
  if (isTaken(account)) return hasStopped() ? END_STOPPED : FAULT_COLLISION
  touch(account)
  beginContract(account)
  if (revision() >= REVISION_SPURIOUS_DRAGON) setNonce(account, 1)
  if (!receive(account, value)) return FAULT_BALANCE_OVERFLOW
  return hasStopped() ? END_STOPPED : END_SUCCESS
}

/**
 * EIP-684, EIP-7610. An account that is not recorded has neither nonce nor storage before EIP-161.
 */
function isTaken(account: usize): bool {
  if (revision() < REVISION_SPURIOUS_DRAGON && codeOf(account) == 0) return false
  return readNonce(account) != 0 || hasCode(account) || hasOrphanStorage(account)
}
