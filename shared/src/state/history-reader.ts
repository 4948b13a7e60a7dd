/** Stored blocks and their states for the engine's thread of history, which imports this module. */

import type { HistoricBlock, HistoryReader } from '../chain/history-reader.ts'
import type { BaseReaderSource, RecordedReader } from '../chain/state-reader.ts'
import type { StoreTables } from '../store/store.ts'
import { openStoreReader } from '../store/store.ts'
import { summarizeBlock } from './block-summary.ts'
import { HistoricState, StateUnavailableError } from './state-readers.ts'

/** Threads run built files even when this one is a source. */
const MODULE = new URL('../../dist/state/history-reader.js', import.meta.url).href

/** The chain of the store at `path`, which this process has open. */
export function historyReaderSource(path: string): BaseReaderSource {
  return { module: MODULE, options: path }
}

/** @public called by the engine's thread of history */
export function openHistoryReader(path: string): HistoryReader {
  const tables = openStoreReader(path)
  return {
    get head() {
      return tables.snapshot(() => tables.meta.head?.number ?? 0n)
    },
    header: (number) => tables.snapshot(() => tables.blocks.header(number)),
    block: (number) => tables.snapshot(() => readBlock(tables, number)),
    stateAt: (number) => stateAt(tables, number),
    summarize: summarizeBlock,
  }
}

function readBlock({ blocks }: StoreTables, number: bigint): HistoricBlock | undefined {
  const header = blocks.header(number)
  const body = blocks.body(number)
  const receipts = blocks.receipts(number)
  if (header === undefined || body === undefined || receipts === undefined) return undefined
  const { transactions, withdrawals } = body
  const outcomes = receipts.map(({ status, gasUsed }) => ({ status, gasUsed }))
  return { header, transactions, outcomes, ...(withdrawals && { withdrawals }) }
}

function stateAt(tables: StoreTables, number: bigint): RecordedReader | undefined {
  try {
    return new HistoricState(tables, number)
  } catch (error) {
    if (error instanceof StateUnavailableError) return undefined
    throw error
  }
}
