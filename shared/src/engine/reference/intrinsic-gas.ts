/**
 * Gas that a transaction pays before its first opcode (Yellow Paper 6.2), and the floor that its data
 * sets (EIP-7623).
 */

import type { Hardfork } from '../../chain/hardforks.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Transaction } from '../../chain/transaction.ts'

const TRANSACTION_GAS = 21000n
const CREATION_GAS = 32000n
const ZERO_BYTE_GAS = 4n
const NONZERO_BYTE_GAS_FRONTIER = 68n
/** EIP-2028. */
const NONZERO_BYTE_GAS_ISTANBUL = 16n
/** EIP-2930. */
const ACCESS_LIST_ADDRESS_GAS = 2400n
const ACCESS_LIST_SLOT_GAS = 1900n
/** EIP-3860, per 32 bytes begun. */
const INITCODE_WORD_GAS = 2n
/** EIP-7702; all but `AUTHORIZATION_BASE_GAS` comes back when the authority exists. */
export const NEW_AUTHORITY_GAS = 25000n
export const AUTHORIZATION_BASE_GAS = 12500n
/** EIP-7623: a nonzero byte is four tokens, a zero byte one. */
const FLOOR_TOKEN_GAS = 10n
const NONZERO_BYTE_TOKENS = 4n

export function intrinsicGas(tx: Transaction, fork: Hardfork): bigint {
  const isCreation = tx.to === undefined
  const { zeros, nonzeros } = countBytes(tx.data)
  const nonzeroGas = isAtLeast(fork, 'istanbul')
    ? NONZERO_BYTE_GAS_ISTANBUL
    : NONZERO_BYTE_GAS_FRONTIER
  let gas = TRANSACTION_GAS + zeros * ZERO_BYTE_GAS + nonzeros * nonzeroGas
  if (isCreation && isAtLeast(fork, 'homestead')) gas += CREATION_GAS
  if (isCreation && isAtLeast(fork, 'shanghai')) {
    gas += BigInt(Math.ceil(tx.data.length / 32)) * INITCODE_WORD_GAS
  }
  for (const { storageKeys } of tx.accessList) {
    gas += ACCESS_LIST_ADDRESS_GAS + BigInt(storageKeys.length) * ACCESS_LIST_SLOT_GAS
  }
  return gas + BigInt(tx.authorizationList.length) * NEW_AUTHORITY_GAS
}

/** 0 before Prague. */
export function floorGas(tx: Transaction, fork: Hardfork): bigint {
  if (!isAtLeast(fork, 'prague')) return 0n
  const { zeros, nonzeros } = countBytes(tx.data)
  return TRANSACTION_GAS + (zeros + nonzeros * NONZERO_BYTE_TOKENS) * FLOOR_TOKEN_GAS
}

function countBytes(data: Uint8Array): { readonly zeros: bigint; readonly nonzeros: bigint } {
  let zeros = 0
  for (const byte of data) if (byte === 0) zeros++
  return { zeros: BigInt(zeros), nonzeros: BigInt(data.length - zeros) }
}
