/** What becomes of a read-only call (`chain/call.ts`), and what an engine allows it. */

import type { AccessListEntry } from '../chain/access-list.ts'
import type { Log } from '../chain/receipt.ts'
import { BaseError } from '../primitives/base-error.ts'
import type { CallFailure } from './call-failure.ts'
import type { InvalidReason } from './reference/execution-result.ts'

/** Default of `CallOptions.gasLimit`. */
export const CALL_GAS_LIMIT = 50_000_000n
/** Default of `CallOptions.timeMs`. */
export const CALL_TIME_MS = 5000
/** Calls that wait or run; one more is refused. */
export const CALL_QUEUE_MAX = 1024

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
