/**
 * A read-only call as its caller says it and as it comes back (`eth_call`): a message that is
 * executed on the newest committed state and leaves nothing behind. The names are those of
 * JSON-RPC's transaction object, state override and block override.
 */

import type { AccessListEntry } from '../chain/access-list.ts'
import type { Authorization } from '../chain/authorization.ts'
import type { Log } from '../chain/receipt.ts'
import { BaseError } from '../primitives/base-error.ts'
import type { InvalidReason } from './reference/execution-result.ts'

/** A message without signature. Amounts in wei, prices in wei for a unit of gas. */
export interface CallRequest {
  /** 20 bytes; default: the zero address. */
  readonly from?: Uint8Array | undefined
  /** 20 bytes; absent: the data are initcode. */
  readonly to?: Uint8Array | undefined
  /** Default, and at most: `CallOptions.gasLimit`. */
  readonly gas?: bigint | undefined
  /** Fee cap and priority fee in one; not together with them. */
  readonly gasPrice?: bigint | undefined
  readonly maxFeePerGas?: bigint | undefined
  readonly maxPriorityFeePerGas?: bigint | undefined
  readonly maxFeePerBlobGas?: bigint | undefined
  readonly value?: bigint | undefined
  readonly data?: Uint8Array | undefined
  readonly accessList?: readonly AccessListEntry[] | undefined
  /** 32 bytes each. */
  readonly blobVersionedHashes?: readonly Uint8Array[] | undefined
  readonly authorizationList?: readonly Authorization[] | undefined
}

/** What an account holds instead of what it does, from before the call. */
export interface StateOverride {
  /** 20 bytes. */
  readonly address: Uint8Array
  readonly balance?: bigint | undefined
  readonly nonce?: bigint | undefined
  readonly code?: Uint8Array | undefined
  /** The whole storage; not together with `stateDiff`. */
  readonly state?: readonly SlotOverride[] | undefined
  /** Some slots of it. */
  readonly stateDiff?: readonly SlotOverride[] | undefined
}

/** 32 bytes each. */
export interface SlotOverride {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** What the block says instead; its fork stays that of the open block. */
export interface BlockOverrides {
  readonly number?: bigint | undefined
  /** Seconds since 1970. */
  readonly time?: bigint | undefined
  readonly gasLimit?: bigint | undefined
  /** 20 bytes. */
  readonly feeRecipient?: Uint8Array | undefined
  /** 32 bytes. */
  readonly prevRandao?: Uint8Array | undefined
  readonly baseFeePerGas?: bigint | undefined
  readonly blobBaseFee?: bigint | undefined
}

export interface CallOptions {
  /** Each account once. */
  readonly stateOverrides?: readonly StateOverride[] | undefined
  readonly blockOverrides?: BlockOverrides | undefined
  /** The most gas that a call gets. Default: CALL_GAS_LIMIT. */
  readonly gasLimit?: bigint | undefined
  /** From the call's start, waiting for a place in the queue not counted. Default: CALL_TIME_MS. */
  readonly timeMs?: number | undefined
  /** Whether the result has the access list. Default: false. */
  readonly collectAccessList?: boolean | undefined
}

export const CALL_GAS_LIMIT = 50_000_000n
export const CALL_TIME_MS = 5000
/** Calls that wait or run; one more is refused. */
export const CALL_QUEUE_MAX = 1024

/** Why code stopped without a REVERT (Yellow Paper 9.4.2). */
export type CallFailure =
  | 'out of gas'
  | 'stack underflow'
  | 'stack overflow'
  | 'invalid opcode'
  | 'invalid jump destination'
  | 'write protection'
  | 'return data out of bounds'
  | 'max initcode size exceeded'
  | 'max code size exceeded'
  | 'invalid code: must not begin with 0xef'
  | 'contract address collision'
  | 'balance overflow'
  | 'precompile failed'

interface ExecutedCall {
  /** What a transaction would pay for: after the refund, and at least the floor of EIP-7623. */
  readonly gasUsed: bigint
  /** The part of what was consumed that came back. */
  readonly gasRefund: bigint
  /** Of the request's gas, or the limit's. */
  readonly gasLeft: bigint
  /**
   * Addresses and slots that were touched, also where that was reverted; without sender, recipient,
   * precompiles and created contracts unless a slot of theirs was. If it was asked for.
   */
  readonly accessList?: readonly AccessListEntry[]
}

export type CallResult =
  | (ExecutedCall & {
      readonly status: 'success'
      /** Of a creation: the code. */
      readonly output: Uint8Array
      readonly logs: readonly Log[]
    })
  | (ExecutedCall & { readonly status: 'reverted'; readonly output: Uint8Array })
  | (ExecutedCall & { readonly status: 'failed'; readonly reason: CallFailure })
  /** It may not begin: nothing was executed. */
  | { readonly status: 'invalid'; readonly reason: InvalidReason }

/** An account at the newest committed step; one that does not exist holds nothing. */
export interface AccountState {
  readonly balance: bigint
  readonly nonce: bigint
  /** Keccak-256 of its code, 32 bytes. */
  readonly codeHash: Uint8Array
}

/** The call took longer than its time limit. */
export class CallTimeoutError extends BaseError {
  override readonly name = 'Engine.CallTimeoutError'
}

/** CALL_QUEUE_MAX calls wait already. */
export class CallQueueFullError extends BaseError {
  override readonly name = 'Engine.CallQueueFullError'
}

/** The call needs more memory than calls have. */
export class CallTooLargeError extends BaseError {
  override readonly name = 'Engine.CallTooLargeError'
}

/** The request contradicts itself, a number in it does not fit, or no block was opened yet. */
export class InvalidCallError extends BaseError {
  override readonly name = 'Engine.InvalidCallError'
}

/** The engine was closed, or the thread that executes calls broke. */
export class CallAbortedError extends BaseError {
  override readonly name = 'Engine.CallAbortedError'
}
