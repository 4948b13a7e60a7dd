/** An open block on its way to another thread: few large values are copied faster than many small ones. */

import type { Withdrawal } from '../../chain/block.ts'
import type { BlockRecord } from '../../chain/block-record.ts'
import type { Header } from '../../chain/header.ts'
import type { HistoricBlock } from '../../chain/history-reader.ts'

export interface PackedBlock {
  readonly header: Header
  readonly withdrawals: readonly Withdrawal[] | undefined
  /** The transactions one behind the other, and where each ends. */
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
  readonly statuses: Uint8Array
  readonly gasUsed: BigUint64Array
}

/** The first `count` transactions of the block. */
export function packBlock(
  { header, withdrawals, ...block }: BlockRecord,
  count: number,
): PackedBlock {
  const transactions = block.transactions.slice(0, count)
  const ends = new Uint32Array(count)
  let length = 0
  for (const [index, { bytes }] of transactions.entries()) {
    length += bytes.length
    ends[index] = length
  }
  const bytes = new Uint8Array(length)
  const statuses = new Uint8Array(count)
  const gasUsed = new BigUint64Array(count)
  for (const [index, transaction] of transactions.entries()) {
    bytes.set(transaction.bytes, ends[index]! - transaction.bytes.length)
    statuses[index] = transaction.receipt.status
    gasUsed[index] = transaction.receipt.gasUsed
  }
  return { header, withdrawals, bytes, ends, statuses, gasUsed }
}

export function unpackBlock(packed: PackedBlock): HistoricBlock {
  const { header, withdrawals, bytes, ends, statuses, gasUsed } = packed
  return {
    header,
    transactions: [...ends].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)),
    outcomes: [...ends].map((_, index) => {
      return { status: statuses[index] === 1 ? 1 : 0, gasUsed: gasUsed[index] ?? 0n }
    }),
    ...(withdrawals && { withdrawals }),
  }
}
