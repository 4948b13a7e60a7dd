/** What one execution of one transaction, or of a block's opening or closing system work, yields. */

import type { AccessListEntry } from '../../chain/access-list.ts'
import type { Log } from '../../chain/receipt.ts'
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
  REASON_INVALID_SIGNATURE,
  REASON_MALFORMED,
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
} from '../../layout/reasons.ts'
import type { MessageFailure } from '../call-failure.ts'
import type { AccountWrites } from './state-access.ts'

/** By REASON_* of layout/reasons.ts, which is what the shared memory holds. */
const TEXT_OF_REASON = {
  [REASON_NONCE_TOO_LOW]: 'nonce too low',
  [REASON_NONCE_TOO_HIGH]: 'nonce too high',
  [REASON_NONCE_AT_MAXIMUM]: 'nonce at maximum',
  [REASON_INSUFFICIENT_FUNDS]: 'insufficient funds for gas * price + value',
  [REASON_INTRINSIC_GAS_TOO_LOW]: 'intrinsic gas too low',
  [REASON_BELOW_FLOOR_GAS]: 'gas limit below floor data cost',
  [REASON_BLOCK_GAS_EXCEEDED]: 'gas limit exceeds the block gas left',
  [REASON_GAS_CAP_EXCEEDED]: 'gas limit exceeds the transaction gas cap',
  [REASON_FEE_CAP_BELOW_BASE_FEE]: 'fee cap below base fee',
  [REASON_PRIORITY_FEE_ABOVE_FEE_CAP]: 'priority fee above fee cap',
  [REASON_BLOB_FEE_CAP_TOO_LOW]: 'blob fee cap below blob base fee',
  [REASON_NO_BLOBS]: 'blob transaction without blobs',
  [REASON_TOO_MANY_BLOBS]: 'too many blobs in transaction',
  [REASON_BLOCK_BLOB_GAS_EXCEEDED]: 'blob gas exceeds the block blob gas left',
  [REASON_BLOB_HASH_VERSION]: 'invalid blob hash version',
  [REASON_BLOB_CREATION]: 'blob transaction without recipient',
  [REASON_SET_CODE_CREATION]: 'set-code transaction without recipient',
  [REASON_NO_AUTHORIZATIONS]: 'set-code transaction without authorizations',
  [REASON_SENDER_HAS_CODE]: 'sender is not an externally owned account',
  [REASON_INITCODE_TOO_LARGE]: 'initcode too large',
  [REASON_TYPE_NOT_SUPPORTED]: 'transaction type not supported by the fork',
  [REASON_WRONG_CHAIN_ID]: 'wrong chain id',
  [REASON_PREMATURE_CHAIN_ID]: 'replay-protected signature before EIP-155',
  [REASON_HIGH_S]: 'signature s too high',
  [REASON_INVALID_SIGNATURE]: 'invalid signature',
  [REASON_FEE_OVERFLOW]: 'gas limit times price overflows 256 bits',
  [REASON_MALFORMED]: 'malformed transaction',
} as const

/** Why a transaction may not be in this block at this place. */
export type InvalidReason = (typeof TEXT_OF_REASON)[keyof typeof TEXT_OF_REASON]

/** In ascending order of the number, as objects keep keys that are integers. */
export const INVALID_REASONS: readonly InvalidReason[] = Object.values(TEXT_OF_REASON)

export interface ExecutionResult {
  /** 1 success, 0 reverted or failed. */
  readonly status: 0 | 1
  readonly gasUsed: bigint
  readonly logs: readonly Log[]
  readonly writes: readonly AccountWrites[]
  /** EIP-7685 requests (type byte first) of the closing system work, in order of type. */
  readonly requests?: readonly Uint8Array[]
  /** Of a transaction. */
  readonly message?: MessageEnd
}

/** What became of a transaction's message besides what its receipt says. */
export class MessageEnd {
  /** Of a creation: the code. Of a failure: what REVERT gave. */
  readonly output: Uint8Array
  readonly failure: MessageFailure | undefined
  /** Before the refund, and at least the floor of EIP-7623. */
  readonly maxGasUsed: bigint
  readonly #accessed: () => AccessListEntry[]

  constructor(
    { output, failure }: { output: Uint8Array; failure?: MessageFailure },
    maxGasUsed: bigint,
    accessed: () => AccessListEntry[],
  ) {
    this.output = output
    this.failure = failure
    this.maxGasUsed = maxGasUsed
    this.#accessed = accessed
  }

  /** Accounts and slots that were touched, from Berlin on. */
  accessed(): AccessListEntry[] {
    return this.#accessed()
  }
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
