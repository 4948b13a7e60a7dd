/**
 * What a block does outside its transactions: at its opening the DAO fork's balances (EIP-779), the
 * beacon root (EIP-4788) and the parent's hash (EIP-2935); at its closing withdrawal and
 * consolidation requests (EIP-7002, EIP-7251), withdrawals and rewards.
 */

import {
  ENV_BEACON_ROOT,
  ENV_CREDIT_AMOUNT,
  ENV_CREDIT_COUNT,
  ENV_CREDIT_STRIDE,
  ENV_CREDITS,
  ENV_DAO_ACCOUNTS,
  ENV_DAO_COUNT,
  ENV_DAO_STRIDE,
  ENV_FLAG_BEACON_ROOT,
  ENV_FLAG_SYSTEM_WORK,
  ENV_PARENT_HASH,
  REVISION_CANCUN,
  REVISION_PRAGUE,
} from '../../src/layout/environment'
import { ENV_OFFSET } from '../../src/layout/memory-map'
import { FLAG_OPENING } from '../../src/layout/records'
import {
  RESULT_SUCCESS,
  resultOutput,
  resultOutputBytes,
  runSystemCall,
} from '../interpreter/call'
import {
  accountAt,
  credit,
  debit,
  deleteTouchedEmptyAccounts,
  hasCode,
  readBalance,
  touch,
} from '../journal/account'
import { deletesEmptyAccounts, hasStopped } from '../journal/state'
import { allocateBlock } from '../memory/arena'
import { hasFlags, isAtLeast } from './environment'
import { spareWord } from './fees'

const BEACON_ROOTS: usize = memory.data<u8>([
  0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31,
  0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22, 0xd0, 0xbe, 0xac, 0x02,
])
const BLOCK_HASHES: usize = memory.data<u8>([
  0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb,
  0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0x00, 0x29, 0x35,
])
const WITHDRAWAL_REQUESTS: usize = memory.data<u8>([
  0x00, 0x00, 0x09, 0x61, 0xef, 0x48, 0x0e, 0xb5, 0x5e, 0x80,
  0xd1, 0x9a, 0xd8, 0x35, 0x79, 0xa6, 0x4c, 0x00, 0x70, 0x02,
])
const CONSOLIDATION_REQUESTS: usize = memory.data<u8>([
  0x00, 0x00, 0xbb, 0xdd, 0xc7, 0xce, 0x48, 0x86, 0x42, 0xfb,
  0x57, 0x9f, 0x8b, 0x00, 0xf3, 0xa5, 0x90, 0x00, 0x72, 0x51,
])
/** EIP-7685. */
const WITHDRAWAL_REQUEST_TYPE: u8 = 1
const CONSOLIDATION_REQUEST_TYPE: u8 = 2

const HASH_BYTES: u32 = 32
/** Where a request's type byte stands behind its length (src/engine/output.ts). */
const REQUEST_DATA: usize = 8

// Worker-local: the requests of the step in progress, encoded in the block arena.
let requests: usize = 0
let requestBytes: usize = 0

@inline
export function encodedRequests(): usize {
  return requests
}

@inline
export function encodedRequestBytes(): u32 {
  return <u32>requestBytes
}

/**
 * Does the work of the step with these flags, if the block does any. False: a contract that must
 * answer is missing or failed, and the block is invalid.
 */
export function runSystemWork(flags: u32): bool {
  requests = 0
  requestBytes = 0
  if (!hasFlags(ENV_FLAG_SYSTEM_WORK)) return true
  if ((flags & FLAG_OPENING) != 0) {
    moveDaoBalances()
    storeAncestry()
  } else {
    if (isAtLeast(REVISION_PRAGUE) && !dequeueRequests()) return false
    payCredits()
  }
  if (!hasStopped() && deletesEmptyAccounts()) deleteTouchedEmptyAccounts()
  return true
}

/** Moves the DAO's balances to the contract that pays them out, in the one block that does so. */
function moveDaoBalances(): void {
  const count = <usize>load<u32>(ENV_OFFSET + ENV_DAO_COUNT)
  if (count == 0) return
  const balance = spareWord()
  let address: usize = ENV_OFFSET + ENV_DAO_ACCOUNTS
  const end = address + count * ENV_DAO_STRIDE
  const refunds = accountAt(address)
  touch(refunds)
  for (address += ENV_DAO_STRIDE; address < end && !hasStopped(); address += ENV_DAO_STRIDE) {
    const account = accountAt(address)
    readBalance(account, balance)
    debit(account, balance)
    credit(refunds, balance)
  }
}

/** A contract that is not there is passed over. */
function storeAncestry(): void {
  if (isAtLeast(REVISION_CANCUN) && hasFlags(ENV_FLAG_BEACON_ROOT)) {
    tell(BEACON_ROOTS, ENV_OFFSET + ENV_BEACON_ROOT)
  }
  if (isAtLeast(REVISION_PRAGUE)) tell(BLOCK_HASHES, ENV_OFFSET + ENV_PARENT_HASH)
}

function tell(contract: usize, hash: usize): void {
  if (hasCode(accountAt(contract))) runSystemCall(contract, hash, HASH_BYTES)
}

function dequeueRequests(): bool {
  return (
    dequeue(WITHDRAWAL_REQUESTS, WITHDRAWAL_REQUEST_TYPE) &&
    dequeue(CONSOLIDATION_REQUESTS, CONSOLIDATION_REQUEST_TYPE)
  )
}

/** Takes the requests out of the queue of `contract`; an empty queue makes none. */
function dequeue(contract: usize, type: u8): bool {
  if (!hasCode(accountAt(contract))) return false
  if (runSystemCall(contract, 0, 0) != RESULT_SUCCESS) return false
  const bytes = <usize>resultOutputBytes()
  if (bytes != 0) appendRequest(type, resultOutput(), bytes)
  return true
}

function appendRequest(type: u8, data: usize, bytes: usize): void {
  const length = bytes + 1
  const present = requestBytes
  requestBytes = present + REQUEST_DATA + ((length + 7) & ~7)
  const encoded = allocateBlock(requestBytes)
  memory.copy(encoded, requests, present)
  const request = encoded + present
  store<u32>(request, <u32>length)
  store<u8>(request, type, REQUEST_DATA)
  memory.copy(request + REQUEST_DATA + 1, data, bytes)
  requests = encoded
}

/** Withdrawals and rewards; each credited account is touched, even by nothing. */
function payCredits(): void {
  let entry: usize = ENV_OFFSET + ENV_CREDITS
  const end = entry + <usize>load<u32>(ENV_OFFSET + ENV_CREDIT_COUNT) * ENV_CREDIT_STRIDE
  for (; entry < end; entry += ENV_CREDIT_STRIDE) {
    const account = accountAt(entry)
    touch(account)
    credit(account, entry + ENV_CREDIT_AMOUNT)
  }
}
