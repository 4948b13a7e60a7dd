/**
 * An account's code as the execution sees it: the address of a code record (`layout/records.ts`), 0
 * for an account that is not recorded. What the execution deploys lives in its journal region, and
 * moves to the state arena when it is staged.
 */

import { STATE_EPOCH } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { CODE_DATA, CODE_HASH, CODE_LENGTH, KIND_CODE } from '../../src/layout/records'
import { allocateCode, codeRecordBytes, findCode, publishCode } from '../host/code'
import { analyseJumps } from '../interpreter/jump-map'
import { keccak256 } from '../keccak/keccak'
import { journalBase, journalEnd } from '../memory/heap'
import { wordCopy, wordFromBytes, wordIsZero } from '../u256/word'
import { readBase } from './access'
import {
  ACCOUNT_CODE,
  ACCOUNT_CODE_BASE,
  ACCOUNT_IDENTITY,
  allocateEntry,
  FLAG_CODE,
  hasFlag,
  KNOWN_CODE,
  knows,
  setFlag,
  setKnown,
} from './entries'
import { accountLocation } from './lookup'
import { keepField } from './undo-log'

/** Keccak-256 of nothing. */
const EMPTY_CODE_HASH: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
  0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])

// Worker-local: the record of empty code, and the life of the state arena that it is from.
let emptyRecord: usize = 0
let emptyEpoch: u32 = 0

@inline
export function codeLocation(account: usize): usize {
  return accountLocation(account, KIND_CODE)
}

/** The record of the account's code; 0: the account is not recorded. */
export function codeOf(account: usize): usize {
  if (hasFlag(account, FLAG_CODE)) return <usize>load<u32>(account, ACCOUNT_CODE)
  return codeBefore(account)
}

/** The same before the execution. */
export function codeBefore(account: usize): usize {
  if (!knows(account, KNOWN_CODE)) {
    if (!readBase(codeLocation(account), account + ACCOUNT_CODE_BASE)) return 0
    setKnown(account, KNOWN_CODE)
  }
  return <usize>load<u32>(account, ACCOUNT_CODE_BASE)
}

export function hasCode(account: usize): bool {
  const code = codeOf(account)
  return code != 0 && load<u32>(code, CODE_LENGTH) != 0
}

/** `code` is a record of `createCode`, or one in the state arena. */
export function setCode(account: usize, code: usize): void {
  keepField(account, ACCOUNT_IDENTITY)
  setFlag(account, FLAG_CODE)
  store<u32>(account, <u32>code, ACCOUNT_CODE)
}

/** A record of `length` bytes at `data`, valid until the next execution begins. */
export function createCode(data: usize, length: u32): usize {
  if (length == 0) return emptyCode()
  const bytes = codeRecordBytes(length)
  const code = allocateEntry(bytes)
  memory.fill(code, 0, CODE_DATA)
  store<u32>(code, length, CODE_LENGTH)
  memory.copy(code + CODE_DATA, data, length)
  const end = <usize>length + CODE_DATA
  memory.fill(code + end, 0, bytes - end)
  analyseJumps(code)
  return code
}

/** The record of an account that exists without code. */
export function emptyCode(): usize {
  const epoch = load<u32>(CONTROL_OFFSET + STATE_EPOCH)
  if (emptyRecord == 0 || epoch != emptyEpoch) {
    emptyRecord = findCode(EMPTY_CODE_HASH)
    emptyEpoch = epoch
  }
  return emptyRecord == 0 ? createEmpty() : emptyRecord
}

function createEmpty(): usize {
  const code = allocateCode(0)
  wordCopy(code + CODE_HASH, EMPTY_CODE_HASH)
  return publishCode(code)
}

/** Writes the Keccak-256 of the account's code to `out` as a word; without code that of nothing. */
export function codeHashOf(account: usize, out: usize): void {
  const code = codeOf(account)
  if (code == 0 || load<u32>(code, CODE_LENGTH) == 0) {
    wordFromBytes(out, EMPTY_CODE_HASH)
    return
  }
  hashCode(code)
  wordFromBytes(out, code + CODE_HASH)
}

/** The record in the state arena that holds what `code` holds. */
export function storedCode(code: usize): usize {
  if (code < journalBase() || code >= journalEnd()) return code
  hashCode(code)
  const found = findCode(code + CODE_HASH)
  if (found != 0) return found
  const length = load<u32>(code, CODE_LENGTH)
  const stored = allocateCode(length)
  wordCopy(stored + CODE_HASH, code + CODE_HASH)
  // Padding and map of jump destinations come along.
  memory.copy(stored + CODE_DATA, code + CODE_DATA, codeRecordBytes(length) - CODE_DATA)
  return publishCode(stored)
}

/** Fills in the hash of a record in the journal, which has none before it is asked for. */
function hashCode(code: usize): void {
  if (!wordIsZero(code + CODE_HASH)) return
  keccak256(code + CODE_HASH, code + CODE_DATA, load<u32>(code, CODE_LENGTH))
}
