/** Why a transaction is not admitted, as a pool says it; the messages are geth's. */

import { BaseError } from '@shredcast/shared/primitives/base-error'

/** Invalid now, or for good. */
export class TransactionRefusedError extends BaseError {
  override readonly name = 'Rpc.TransactionRefusedError'
}

/** It is admitted already, or committed. */
export class AlreadyKnownError extends TransactionRefusedError {
  constructor() {
    super('already known')
  }
}

/** Transactions of the sender are missing before it. */
export class NonceGapError extends TransactionRefusedError {
  readonly nextNonce: bigint

  constructor(nonce: bigint, nextNonce: bigint) {
    super(`nonce too high: ${nonce} where ${nextNonce} is next`)
    this.nextNonce = nextNonce
  }
}
