/** What one execution of one transaction, or of a block's opening or closing system work, yields. */

import type { Log } from '../../chain/receipt.ts'
import type { AccountWrites } from './state-access.ts'

/** Why a transaction may not be in this block at this place; the number is stored in shared memory. */
export const INVALID_REASONS = [
  'nonce too low',
  'nonce too high',
  'nonce at maximum',
  'insufficient funds for gas * price + value',
  'intrinsic gas too low',
  'gas limit below floor data cost',
  'gas limit exceeds the block gas left',
  'gas limit exceeds the transaction gas cap',
  'fee cap below base fee',
  'priority fee above fee cap',
  'blob fee cap below blob base fee',
  'blob transaction without blobs',
  'too many blobs in transaction',
  'blob gas exceeds the block blob gas left',
  'invalid blob hash version',
  'blob transaction without recipient',
  'set-code transaction without recipient',
  'set-code transaction without authorizations',
  'sender is not an externally owned account',
  'initcode too large',
  'transaction type not supported by the fork',
  'wrong chain id',
  'replay-protected signature before EIP-155',
  'signature s too high',
  'invalid signature',
  'gas limit times price overflows 256 bits',
  'malformed transaction',
] as const

export type InvalidReason = (typeof INVALID_REASONS)[number]

export interface ExecutionResult {
  /** 1 success, 0 reverted or failed. */
  readonly status: 0 | 1
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
  readonly writes: readonly AccountWrites[]
  /** EIP-7685 requests (type byte first) of the closing system work, in order of type. */
  readonly requests?: readonly Uint8Array[]
}

/** Thrown by execution when the transaction is invalid at its place; it then writes nothing. */
export class InvalidTransactionError extends Error {
  override readonly name = 'Engine.InvalidTransactionError'
  readonly reason: InvalidReason

  constructor(reason: InvalidReason, detail?: string) {
    super(detail === undefined ? reason : `${reason}: ${detail}`)
    this.reason = reason
  }
}
