/** What the pool holds, and what it lets go, as its users see it. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import type { PooledTransaction } from './pooled-transaction.ts'

/** Counts as `txpool_status` has them. */
export interface PoolStatus {
  /** Executable, those in the engine included. */
  readonly pending: number
  /** Behind a gap of nonces. */
  readonly queued: number
}

/** Transactions as `txpool_content` has them: by sender, in order of nonce. */
export interface PoolContent {
  readonly pending: ReadonlyMap<Hex, readonly PooledTransaction[]>
  readonly queued: ReadonlyMap<Hex, readonly PooledTransaction[]>
}

/** One that left the pool without being committed, and why. */
export interface DroppedTransaction {
  readonly pooled: PooledTransaction
  readonly reason: string
}
