/** Why a block is no block of its chain: one error for all rules, which names the rule. */

import { BaseError } from '../../primitives/base-error.ts'

/** The rules that a block can break, but for those of its transactions. */
export type BlockFault =
  // Its bytes and its place.
  | 'malformed block'
  | 'block too large'
  | 'unknown parent'
  // Its header beside its parent's.
  | 'wrong block number'
  | "timestamp not above the parent's"
  | 'extra data too long'
  | 'extra data without the mark of the DAO fork'
  | 'gas limit above the maximum'
  | 'gas limit out of bounds'
  | 'gas used above the gas limit'
  | 'wrong difficulty'
  | 'difficulty after Paris'
  | 'nonce after Paris'
  | 'ommers after Paris'
  | 'header field missing'
  | 'header field before its fork'
  | 'wrong base fee'
  | 'wrong excess blob gas'
  | 'blob gas used above the limit'
  // Its body beside its header.
  | 'wrong transactions root'
  | 'wrong ommers hash'
  | 'wrong withdrawals root'
  | 'withdrawals missing'
  | 'withdrawals before Shanghai'
  // Its ommers.
  | 'too many ommers'
  | 'ommer included before'
  | 'ommer is an ancestor'
  | 'ommer is a sibling'
  | 'ommer of no recent ancestor'
  // What its execution comes to.
  | 'wrong gas used'
  | 'wrong logs bloom'
  | 'wrong receipts root'
  | 'wrong blob gas used'
  | 'wrong requests hash'
  | 'wrong state root'
  | 'system contract missing or failed'
  | 'invalid deposit log'

/** `reason` is the rule; of a transaction that may not stand at its place, the engine's reason. */
export class InvalidBlockError<Reason extends string = BlockFault> extends BaseError {
  override readonly name = 'Chain.InvalidBlockError'
  readonly reason: Reason

  constructor(reason: Reason, options: { details?: string; cause?: unknown } = {}) {
    super(reason, options)
    this.reason = reason
  }
}
