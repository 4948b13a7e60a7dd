/** Why something is not executed on a state of the past. */

import { BaseError } from '../../primitives/base-error.ts'

/**
 * The job cannot be done as it was asked for. `code` is JSON-RPC's where the specification of the
 * method has one.
 */
export class HistoryRefusedError extends BaseError {
  override readonly name = 'Engine.HistoryRefusedError'
  readonly code: number | undefined

  constructor(message: string, code?: number) {
    super(message)
    this.code = code
  }
}

/** It took longer than its time limit. */
export class HistoryTimeoutError extends BaseError {
  override readonly name = 'Engine.HistoryTimeoutError'
}

/** Executed again, a transaction came to something else than its receipt says. */
export class ReceiptMismatchError extends BaseError {
  override readonly name = 'Engine.ReceiptMismatchError'
}
