/**
 * Gas that a transaction pays before its first opcode (Yellow Paper 6.2), and the floor that its
 * data sets (EIP-7623).
 */

import {
  REVISION_HOMESTEAD,
  REVISION_ISTANBUL,
  REVISION_PRAGUE,
  REVISION_SHANGHAI,
} from '../../src/layout/environment'
import {
  MESSAGE_ACCESS_COUNT,
  MESSAGE_ACCESS_SLOTS,
  MESSAGE_AUTHORIZATION_COUNT,
  MESSAGE_DATA,
  MESSAGE_DATA_BYTES,
  MESSAGE_FLAGS,
  MESSAGE_IS_CREATION,
} from '../../src/layout/message'
import { isAtLeast } from './environment'

const TRANSACTION_GAS: u64 = 21000
const CREATION_GAS: u64 = 32000
const ZERO_BYTE_GAS: u64 = 4
const NONZERO_BYTE_GAS_FRONTIER: u64 = 68
/** EIP-2028. */
const NONZERO_BYTE_GAS_ISTANBUL: u64 = 16
/** EIP-2930. */
const ACCESS_LIST_ADDRESS_GAS: u64 = 2400
const ACCESS_LIST_SLOT_GAS: u64 = 1900
/** EIP-3860, per 32 bytes begun. */
const INITCODE_WORD_GAS: u64 = 2
/** EIP-7702; all but AUTHORIZATION_BASE_GAS comes back when the authority exists. */
export const NEW_AUTHORITY_GAS: u64 = 25000
export const AUTHORIZATION_BASE_GAS: u64 = 12500
/** EIP-7623: a nonzero byte is four tokens, a zero byte one. */
const FLOOR_TOKEN_GAS: u64 = 10
const NONZERO_BYTE_TOKENS: u64 = 4

/** `zeros` is `countZeros` of the message's data. */
export function intrinsicGas(message: usize, zeros: u64): u64 {
  const dataBytes = <u64>load<u32>(message, MESSAGE_DATA_BYTES)
  const nonzeroGas = isAtLeast(REVISION_ISTANBUL)
    ? NONZERO_BYTE_GAS_ISTANBUL
    : NONZERO_BYTE_GAS_FRONTIER
  let gas = TRANSACTION_GAS + zeros * ZERO_BYTE_GAS + (dataBytes - zeros) * nonzeroGas
  if ((load<u32>(message, MESSAGE_FLAGS) & MESSAGE_IS_CREATION) != 0) {
    if (isAtLeast(REVISION_HOMESTEAD)) gas += CREATION_GAS
    if (isAtLeast(REVISION_SHANGHAI)) gas += ((dataBytes + 31) >> 5) * INITCODE_WORD_GAS
  }
  gas += <u64>load<u32>(message, MESSAGE_ACCESS_COUNT) * ACCESS_LIST_ADDRESS_GAS
  gas += <u64>load<u32>(message, MESSAGE_ACCESS_SLOTS) * ACCESS_LIST_SLOT_GAS
  return gas + <u64>load<u32>(message, MESSAGE_AUTHORIZATION_COUNT) * NEW_AUTHORITY_GAS
}

/** 0 before Prague. */
export function floorGas(message: usize, zeros: u64): u64 {
  if (!isAtLeast(REVISION_PRAGUE)) return 0
  const nonzeros = <u64>load<u32>(message, MESSAGE_DATA_BYTES) - zeros
  return TRANSACTION_GAS + (zeros + nonzeros * NONZERO_BYTE_TOKENS) * FLOOR_TOKEN_GAS
}

/** Zero bytes in the message's data. */
export function countZeros(message: usize): u64 {
  let at = <usize>load<u32>(message, MESSAGE_DATA)
  const end = at + <usize>load<u32>(message, MESSAGE_DATA_BYTES)
  const zero = i8x16.splat(0)
  let zeros: u64 = 0
  for (; at + 16 <= end; at += 16) {
    zeros += popcnt<u32>(<u32>i8x16.bitmask(i8x16.eq(v128.load(at), zero)))
  }
  for (; at < end; at++) zeros += u64(load<u8>(at) == 0)
  return zeros
}
