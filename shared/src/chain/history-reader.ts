/** Stored blocks and the states behind them, as a thread reads them that executes on them. */

import type { Withdrawal } from './block.ts'
import type { BlockContent, BlockSummary } from './block-content.ts'
import type { Header } from './header.ts'
import type { RecordedReader } from './state-reader.ts'

/** A block as it is executed again. */
export interface HistoricBlock {
  /** Of an open block: what is known. */
  readonly header: Header
  /** Signed bytes, in order. */
  readonly transactions: readonly Uint8Array[]
  /** What each transaction came to. */
  readonly outcomes: readonly TransactionOutcome[]
  readonly withdrawals?: readonly Withdrawal[]
}

export interface TransactionOutcome {
  readonly status: 0 | 1
  readonly gasUsed: bigint
}

export interface HistoryReader {
  /** Number of the newest stored block. */
  readonly head: bigint
  header(number: bigint): Header | undefined
  block(number: bigint): HistoricBlock | undefined
  /** The state behind a block; undefined when it is not kept. */
  stateAt(number: bigint): RecordedReader | undefined
  /** What the header of a block of this content says of it. */
  summarize(content: BlockContent): BlockSummary
}

export interface HistoryReaderModule {
  openHistoryReader(options: unknown): HistoryReader
}
