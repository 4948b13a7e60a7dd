/**
 * State that a call finds in place of what is there (`eth_call`'s state override). It counts as the
 * value before the call, so that SSTORE's prices and a revert know it as such.
 */

import {
  KIND_BALANCE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '../../src/layout/records'
import { wordCopy } from '../u256/word'
import { createCode } from './code'
import {
  ACCOUNT_BALANCE_BASE,
  ACCOUNT_CODE_BASE,
  ACCOUNT_NONCE_BASE,
  HAS_NO_OLD_STORAGE,
  KNOWN_BALANCE,
  KNOWN_CODE,
  KNOWN_NONCE,
  KNOWN_VALUE,
  setKnown,
  SLOT_BASE,
} from './entries'
import { accountAt, slotAt } from './lookup'

/**
 * The account's location of `kind` holds `value` (a word), the slot at `key`; for the storage epoch
 * no slot holds anything that is not overridden afterwards. Code is `overrideCode`'s.
 */
export function overrideValue(kind: u32, address: usize, key: usize, value: usize): void {
  const account = accountAt(address)
  if (kind == KIND_BALANCE) {
    wordCopy(account + ACCOUNT_BALANCE_BASE, value)
    setKnown(account, KNOWN_BALANCE)
  } else if (kind == KIND_NONCE) {
    wordCopy(account + ACCOUNT_NONCE_BASE, value)
    setKnown(account, KNOWN_NONCE)
  } else if (kind == KIND_STORAGE_EPOCH) {
    setKnown(account, HAS_NO_OLD_STORAGE)
  } else {
    assert(kind == KIND_SLOT, 'code is overridden by its bytes')
    const slot = slotAt(account, key)
    wordCopy(slot + SLOT_BASE, value)
    setKnown(slot, KNOWN_VALUE)
  }
}

/** The account has the code of `length` bytes at `data`. */
export function overrideCode(address: usize, data: usize, length: u32): void {
  const account = accountAt(address)
  store<u32>(account, <u32>createCode(data, length), ACCOUNT_CODE_BASE)
  setKnown(account, KNOWN_CODE)
}
