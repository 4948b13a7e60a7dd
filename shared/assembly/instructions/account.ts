/** What is asked about other accounts: balance and code, and the price of asking (EIP-2929). */

import { REVISION_BERLIN } from '../../src/layout/environment'
import { FAULT_OUT_OF_GAS } from '../../src/layout/frame'
import { CODE_DATA, CODE_LENGTH } from '../../src/layout/records'
import { copyPadded } from '../interpreter/bytes'
import { accountOf } from '../interpreter/frame'
import { revision } from '../interpreter/machine'
import { memoryAt, reachRange, wordsGas } from '../interpreter/memory'
import { ended } from '../interpreter/stop'
import { ACCOUNT_ADDRESS } from '../journal/entries'
import {
  accountAt,
  codeHashOf,
  codeOf,
  isEmpty,
  readBalance,
  warmAccount,
} from '../journal/account'
import { precompileAt } from '../precompiles/precompile'
import { wordClear, wordLong, wordSet, wordToAddress } from '../u256/word'

/** EIP-2929. A warm account's price is the base gas of the opcodes. */
export const COLD_ACCOUNT_GAS: i64 = 2600
export const WARM_ACCOUNT_GAS: i64 = 100
/** For an account that a call or SELFDESTRUCT makes. */
export const NEW_ACCOUNT_GAS: i64 = 25000
const COPY_WORD_GAS: i64 = 3

/** The account whose address is the word at `word`. */
export function accountAtWord(word: usize, sp: usize): usize {
  const address = sp - 32
  wordToAddress(address, word)
  return accountAt(address)
}

/** True when the account was cold: it is warm from now on. Precompiles always are. */
export function warmUp(account: usize): bool {
  return warmAccount(account) && precompileAt(account + ACCOUNT_ADDRESS) == 0
}

/** Gas that an access to the account costs above the opcode's own. */
@inline
export function accessGas(account: usize): i64 {
  if (revision() < REVISION_BERLIN || !warmUp(account)) return 0
  return COLD_ACCOUNT_GAS - WARM_ACCOUNT_GAS
}

export function balance(sp: usize, gas: i64): i64 {
  const account = accountAtWord(sp, sp)
  const left = gas - accessGas(account)
  if (left < 0) return FAULT_OUT_OF_GAS
  readBalance(account, sp)
  return ended(left)
}

export function selfBalance(frame: usize, out: usize, gas: i64): i64 {
  readBalance(accountOf(frame), out)
  return ended(gas)
}

export function extCodeSize(sp: usize, gas: i64): i64 {
  const account = accountAtWord(sp, sp)
  const left = gas - accessGas(account)
  if (left < 0) return FAULT_OUT_OF_GAS
  const code = codeOf(account)
  wordSet(sp, <u64>lengthOf(code))
  return ended(left)
}

/** Bytes of a code that may be none at all. */
@inline
function lengthOf(code: usize): u32 {
  return code == 0 ? <u32>0 : load<u32>(code, CODE_LENGTH)
}

/** EIP-1052. */
export function extCodeHash(sp: usize, gas: i64): i64 {
  const account = accountAtWord(sp, sp)
  const left = gas - accessGas(account)
  if (left < 0) return FAULT_OUT_OF_GAS
  if (isEmpty(account)) wordClear(sp)
  else codeHashOf(account, sp)
  return ended(left)
}

/** Operands: address, offset in memory, offset in the code, size. */
export function extCodeCopy(frame: usize, sp: usize, gas: i64): i64 {
  const size = sp + 96
  let left = reachRange(frame, sp + 32, size, gas)
  if (left < 0) return left
  left -= wordsGas(wordLong(size), COPY_WORD_GAS)
  const account = accountAtWord(sp, sp)
  left -= accessGas(account)
  if (left < 0) return FAULT_OUT_OF_GAS
  const bytes = <usize>wordLong(size)
  if (bytes == 0) return left
  const code = codeOf(account)
  copyPadded(memoryAt(frame, sp + 32), code + CODE_DATA, lengthOf(code), sp + 64, bytes)
  return ended(left)
}
