/** Blocks and transactions with all that is known of them, as those read them who ask for them. */

import type { Withdrawal } from './block.ts'
import type { Header } from './header.ts'
import type { Receipt } from './receipt.ts'
import type { StateChange, StateDiff } from './state-change.ts'

/** A transaction that is committed, in a block that may still be open. */
export interface TransactionRecord {
  /** 32 bytes. */
  readonly hash: Uint8Array
  /** The signed bytes as they stand in the block. */
  readonly bytes: Uint8Array
  /** 20 bytes. */
  readonly sender: Uint8Array
  /** Its place in the block. */
  readonly index: number
  readonly receipt: Receipt
  /** Block-wide index of the receipt's first log. */
  readonly startingLogIndex: number
}

export interface BlockRecord {
  /** Of an open block: without roots and bloom, `gasUsed` as far as it has come. */
  readonly header: Header
  /** 32 bytes; undefined while the block is open. */
  readonly hash: Uint8Array | undefined
  readonly transactions: readonly TransactionRecord[]
  /** From Shanghai on. */
  readonly withdrawals?: readonly Withdrawal[]
  /** What was changed by hand before it; of a recent block of a development chain. */
  readonly edited?: readonly StateChange[]
}

/** A transaction and the block it is in. */
export interface PlacedTransaction {
  readonly block: BlockRecord
  readonly transaction: TransactionRecord
}

/** A transaction at the moment of its commit, with what it did to the state. */
export interface CommittedShred extends PlacedTransaction {
  readonly diff: StateDiff
}
