/**
 * Whether a transaction may be executed at its place. The checks and their order are those of
 * `src/engine/reference/transaction-validity.ts`, so that an invalid transaction has the same
 * reason in both engines. Block gas and block blob gas depend on the transactions before: they are
 * checked here when the execution is eager, and by the committer in any case.
 */

import {
  BLOB_GAS_USED,
  BLOCK_BLOB_GAS_LIMIT,
  BLOCK_GAS_LIMIT,
  GAS_USED,
} from '../../src/layout/control'
import {
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  ENV_BLOBS_MAX,
  ENV_CHAIN_ID,
  ENV_FLAG_BASE_FEE,
  REVISION_BERLIN,
  REVISION_CANCUN,
  REVISION_FRONTIER,
  REVISION_HOMESTEAD,
  REVISION_LONDON,
  REVISION_OSAKA,
  REVISION_PRAGUE,
  REVISION_SHANGHAI,
  REVISION_SPURIOUS_DRAGON,
} from '../../src/layout/environment'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  MESSAGE_AUTHORIZATION_COUNT,
  MESSAGE_BLOB_COUNT,
  MESSAGE_BLOB_HASHES,
  MESSAGE_CHAIN_ID,
  MESSAGE_DATA_BYTES,
  MESSAGE_FLAGS,
  MESSAGE_GAS_LIMIT,
  MESSAGE_HAS_CHAIN_ID,
  MESSAGE_IS_CREATION,
  MESSAGE_MAX_BLOB_FEE,
  MESSAGE_MAX_FEE,
  MESSAGE_MAX_PRIORITY_FEE,
  MESSAGE_NONCE,
  MESSAGE_S,
  MESSAGE_TYPE,
} from '../../src/layout/message'
import { CODE_LENGTH } from '../../src/layout/records'
import {
  REASON_BELOW_FLOOR_GAS,
  REASON_BLOB_CREATION,
  REASON_BLOB_FEE_CAP_TOO_LOW,
  REASON_BLOB_HASH_VERSION,
  REASON_BLOCK_BLOB_GAS_EXCEEDED,
  REASON_BLOCK_GAS_EXCEEDED,
  REASON_FEE_CAP_BELOW_BASE_FEE,
  REASON_FEE_OVERFLOW,
  REASON_GAS_CAP_EXCEEDED,
  REASON_HIGH_S,
  REASON_INITCODE_TOO_LARGE,
  REASON_INSUFFICIENT_FUNDS,
  REASON_INTRINSIC_GAS_TOO_LOW,
  REASON_NO_AUTHORIZATIONS,
  REASON_NO_BLOBS,
  REASON_NONCE_AT_MAXIMUM,
  REASON_NONCE_TOO_HIGH,
  REASON_NONCE_TOO_LOW,
  REASON_PREMATURE_CHAIN_ID,
  REASON_PRIORITY_FEE_ABOVE_FEE_CAP,
  REASON_SENDER_HAS_CODE,
  REASON_SET_CODE_CREATION,
  REASON_TOO_MANY_BLOBS,
  REASON_TYPE_NOT_SUPPORTED,
  REASON_WRONG_CHAIN_ID,
} from '../../src/layout/reasons'
import { delegateOf } from '../interpreter/delegation'
import { codeOf, expectNonce, readBalance, readNonce, requireBalance } from '../journal/account'
import { environment } from '../memory/thread'
import { wordEquals, wordIsZero, wordLess } from '../u256/word'
import { hasFlags, isAtLeast } from './environment'
import { blobGas, computeMost, most, spareWord } from './fees'
import { countZeros, floorGas, intrinsicGas } from './intrinsic-gas'

/** The transaction may stand here: every other answer is a REASON_*. */
export const VALID: i32 = -1

/** EIP-2681: no account gets beyond this nonce. */
const MAX_NONCE: u64 = u64.MAX_VALUE
/** EIP-7825. */
const TRANSACTION_GAS_CAP: u64 = 1 << 24
/** EIP-3860. */
const MAX_INITCODE_BYTES: u32 = 49152
/** EIP-7594. */
const MAX_BLOBS_PER_TRANSACTION: u32 = 6
/** EIP-4844: the first byte of a versioned hash, which is the last of the word. */
const BLOB_HASH_VERSION: u8 = 1

const TYPE_LEGACY: u32 = 0
const TYPE_BLOB: u32 = 3
const TYPE_SET_CODE: u32 = 4

// Worker-local: what the last transaction that was found valid pays in any case.
let intrinsic: u64 = 0
let floor: u64 = 0

/** Intrinsic gas of the transaction that was checked last. */
@inline
export function checkedIntrinsicGas(): u64 {
  return intrinsic
}

/** Floor of its gas (EIP-7623). */
@inline
export function checkedFloorGas(): u64 {
  return floor
}

/**
 * Everything below an eager execution is final, so the block's totals are what it will meet. A
 * limit that a signed number cannot hold is in no valid block, whatever the totals.
 */
export function checkGasLeft(message: usize, isEager: bool): i32 {
  const gasLimit = load<u64>(message, MESSAGE_GAS_LIMIT)
  if (gasLimit > <u64>i64.MAX_VALUE) return REASON_BLOCK_GAS_EXCEEDED
  if (!isEager) return VALID
  if (gasLimit > left(BLOCK_GAS_LIMIT, GAS_USED)) return REASON_BLOCK_GAS_EXCEEDED
  if (blobGas(message) > left(BLOCK_BLOB_GAS_LIMIT, BLOB_GAS_USED)) {
    return REASON_BLOCK_BLOB_GAS_EXCEEDED
  }
  return VALID
}

@inline
function left(limit: usize, used: usize): u64 {
  return load<u64>(limit + CONTROL_OFFSET) - load<u64>(used + CONTROL_OFFSET)
}

/**
 * Checks everything, and makes the sender's account require what the transaction costs at most.
 * Eagerly, nonce and balance are read and checked now; else they are expected, and the committer
 * checks them. The answer of a stopped execution means nothing.
 */
export function checkTransaction(message: usize, sender: usize, isEager: bool): i32 {
  let reason = checkType(message)
  if (reason == VALID) reason = checkSignature(message)
  if (reason == VALID) reason = checkNonce(message, sender, isEager)
  if (reason == VALID) reason = checkGasCap(message)
  if (reason == VALID) reason = checkSenderCode(sender, message)
  if (reason == VALID) reason = checkFees(message)
  return reason == VALID ? checkContent(message, sender, isEager) : reason
}

/**
 * The same for a call, which nobody signed: it has whatever nonce its sender has, its sender may
 * have code, and no limit but its own holds for its gas.
 */
export function checkCall(message: usize, sender: usize): i32 {
  store<u64>(message, readNonce(sender), MESSAGE_NONCE)
  let reason = checkType(message)
  if (reason == VALID) reason = checkFees(message)
  return reason == VALID ? checkContent(message, sender, true) : reason
}

function checkContent(message: usize, sender: usize, isEager: bool): i32 {
  const type = load<u32>(message, MESSAGE_TYPE)
  let reason: i32 = VALID
  if (type == TYPE_BLOB) reason = checkBlobs(message)
  if (reason == VALID && type == TYPE_SET_CODE) reason = checkAuthorizationList(message)
  if (reason == VALID) reason = checkFunds(message, sender, isEager)
  if (reason == VALID) reason = checkIntrinsicGas(message)
  if (reason == VALID) reason = checkInitcode(message)
  return reason
}

/** Whether the fork knows the transaction's type. */
function checkType(message: usize): i32 {
  const isKnown = isAtLeast(firstRevisionOf(load<u32>(message, MESSAGE_TYPE)))
  return isKnown ? VALID : REASON_TYPE_NOT_SUPPORTED
}

function checkSignature(message: usize): i32 {
  const type = load<u32>(message, MESSAGE_TYPE)
  const hasChainId = (load<u32>(message, MESSAGE_FLAGS) & MESSAGE_HAS_CHAIN_ID) != 0
  const isOurs = hasChainId && wordEquals(message + MESSAGE_CHAIN_ID, environment() + ENV_CHAIN_ID)
  if (!isOurs && (type != TYPE_LEGACY || hasChainId)) return REASON_WRONG_CHAIN_ID
  if (type == TYPE_LEGACY && hasChainId && !isAtLeast(REVISION_SPURIOUS_DRAGON)) {
    return REASON_PREMATURE_CHAIN_ID
  }
  if (isAtLeast(REVISION_HOMESTEAD) && isHighS(message + MESSAGE_S)) return REASON_HIGH_S
  return VALID
}

/** The fork that brought the type. */
function firstRevisionOf(type: u32): u32 {
  switch (type) {
    case 0:
      return REVISION_FRONTIER
    case 1:
      return REVISION_BERLIN
    case 2:
      return REVISION_LONDON
    case 3:
      return REVISION_CANCUN
    default:
      return REVISION_PRAGUE
  }
}

/** EIP-2: above half the order of secp256k1. */
function isHighS(s: usize): bool {
  const limb3 = load<u64>(s, 24)
  if (limb3 != 0x7fffffffffffffff) return limb3 > 0x7fffffffffffffff
  if (load<u64>(s, 16) != 0xffffffffffffffff) return false
  const limb1 = load<u64>(s, 8)
  if (limb1 != 0x5d576e7357a4501d) return limb1 > 0x5d576e7357a4501d
  return load<u64>(s) > 0xdfe92f46681b20a0
}

function checkNonce(message: usize, sender: usize, isEager: bool): i32 {
  const nonce = load<u64>(message, MESSAGE_NONCE)
  if (isEager) {
    const next = readNonce(sender)
    if (nonce < next) return REASON_NONCE_TOO_LOW
    if (nonce > next) return REASON_NONCE_TOO_HIGH
  } else {
    expectNonce(sender, nonce)
  }
  return nonce == MAX_NONCE ? REASON_NONCE_AT_MAXIMUM : VALID
}

function checkGasCap(message: usize): i32 {
  if (!isAtLeast(REVISION_OSAKA)) return VALID
  const isAbove = load<u64>(message, MESSAGE_GAS_LIMIT) > TRANSACTION_GAS_CAP
  return isAbove ? REASON_GAS_CAP_EXCEEDED : VALID
}

/**
 * EIP-3607, which holds for all blocks; from Prague on a delegated account may send (EIP-7702). A
 * sender without a signature (s = 0) is one that a development chain impersonates: any account.
 */
function checkSenderCode(sender: usize, message: usize): i32 {
  if (wordIsZero(message + MESSAGE_S)) return VALID
  const code = codeOf(sender)
  if (code == 0 || load<u32>(code, CODE_LENGTH) == 0) return VALID
  return delegateOf(code) != 0 ? VALID : REASON_SENDER_HAS_CODE
}

function checkFees(message: usize): i32 {
  if (!hasFlags(ENV_FLAG_BASE_FEE)) return VALID
  const maxFee = message + MESSAGE_MAX_FEE
  if (wordLess(maxFee, message + MESSAGE_MAX_PRIORITY_FEE)) {
    return REASON_PRIORITY_FEE_ABOVE_FEE_CAP
  }
  return wordLess(maxFee, environment() + ENV_BASE_FEE) ? REASON_FEE_CAP_BELOW_BASE_FEE : VALID
}

function checkBlobs(message: usize): i32 {
  const count = load<u32>(message, MESSAGE_BLOB_COUNT)
  if (isCreation(message)) return REASON_BLOB_CREATION
  if (count == 0) return REASON_NO_BLOBS
  if (isAtLeast(REVISION_OSAKA) && count > MAX_BLOBS_PER_TRANSACTION) return REASON_TOO_MANY_BLOBS
  if (count > load<u32>(environment() + ENV_BLOBS_MAX)) return REASON_TOO_MANY_BLOBS
  let hash = <usize>load<u32>(message, MESSAGE_BLOB_HASHES)
  const end = hash + <usize>count * 32
  for (; hash < end; hash += 32) {
    if (load<u8>(hash, 31) != BLOB_HASH_VERSION) return REASON_BLOB_HASH_VERSION
  }
  const isTooLow = wordLess(message + MESSAGE_MAX_BLOB_FEE, environment() + ENV_BLOB_BASE_FEE)
  return isTooLow ? REASON_BLOB_FEE_CAP_TOO_LOW : VALID
}

function checkAuthorizationList(message: usize): i32 {
  if (isCreation(message)) return REASON_SET_CODE_CREATION
  return load<u32>(message, MESSAGE_AUTHORIZATION_COUNT) == 0 ? REASON_NO_AUTHORIZATIONS : VALID
}

function checkFunds(message: usize, sender: usize, isEager: bool): i32 {
  if (!computeMost(message)) return REASON_FEE_OVERFLOW
  if (isEager) {
    const balance = spareWord()
    readBalance(sender, balance)
    if (wordLess(balance, most())) return REASON_INSUFFICIENT_FUNDS
  }
  requireBalance(sender, most())
  return VALID
}

function checkIntrinsicGas(message: usize): i32 {
  const gasLimit = load<u64>(message, MESSAGE_GAS_LIMIT)
  const zeros = countZeros(message)
  intrinsic = intrinsicGas(message, zeros)
  floor = floorGas(message, zeros)
  if (gasLimit < intrinsic) return REASON_INTRINSIC_GAS_TOO_LOW
  return gasLimit < floor ? REASON_BELOW_FLOOR_GAS : VALID
}

function checkInitcode(message: usize): i32 {
  if (!isCreation(message) || !isAtLeast(REVISION_SHANGHAI)) return VALID
  const isTooLarge = load<u32>(message, MESSAGE_DATA_BYTES) > MAX_INITCODE_BYTES
  return isTooLarge ? REASON_INITCODE_TOO_LARGE : VALID
}

@inline
export function isCreation(message: usize): bool {
  return (load<u32>(message, MESSAGE_FLAGS) & MESSAGE_IS_CREATION) != 0
}
