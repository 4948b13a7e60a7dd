/** How `replay` shows its figures: as JSON lines or as rows of a table. */

import type { HeaderDifference } from '@shredcast/shared/state/block-summary'
import type { FollowerFigures } from './replay-follower.ts'
import { tableRow } from './table-row.ts'

export interface BlockLine {
  readonly type: 'block'
  readonly number: number
  readonly fork: string
  readonly txs: number
  readonly gasUsed: number
  readonly gasUsedOk: boolean
  readonly logsBloomOk: boolean
  /** `null` before Byzantium. */
  readonly receiptsRootOk: boolean | null
  readonly executeMs: number
  readonly sequentialMs: number | null
  readonly aborts: number
  readonly shreds: number
  /** Header fields that came out otherwise. */
  readonly differences: readonly HeaderDifference[]
  readonly follower: FollowerFigures | null
}

export interface SummaryLine {
  readonly type: 'summary'
  readonly blocks: number
  readonly failed: number
  readonly txs: number
  readonly gasUsed: number
  readonly executeMs: number
  readonly mgasPerSecond: number
}

const COLUMNS = ['block', 'fork', 'txs', 'Mgas', 'ms', '1 worker', 'aborts', 'checks', 'follower']
const WIDTHS = [9, 16, 5, 6, 8, 8, 6, 6, 0]

export function blockHeading(): string {
  return row(COLUMNS)
}

export function blockRow(line: BlockLine): string {
  const failed = line.differences.map(({ field }) => field)
  return row([
    String(line.number),
    line.fork,
    String(line.txs),
    (line.gasUsed / 1e6).toFixed(1),
    line.executeMs.toFixed(1),
    line.sequentialMs?.toFixed(1) ?? '-',
    String(line.aborts),
    failed.length === 0 ? 'ok' : `DIFFERS: ${failed.join(', ')}`,
    line.follower === null ? '-' : followerCell(line.follower),
  ])
}

export function summaryRow(summary: SummaryLine): string {
  const { blocks, failed, txs, gasUsed, executeMs, mgasPerSecond } = summary
  return (
    `${blocks} blocks, ${failed} failed, ${txs} transactions, ${(gasUsed / 1e6).toFixed(1)} Mgas ` +
    `in ${executeMs.toFixed(0)} ms: ${mgasPerSecond} Mgas/s`
  )
}

function followerCell(figures: FollowerFigures): string {
  const { verified, executeMs, edges, criticalPath, aborts } = figures
  return (
    `${verified ? 'verified' : 'NOT VERIFIED'} in ${executeMs.toFixed(1)} ms, ${edges} edges, ` +
    `path ${criticalPath}, ${aborts} aborts`
  )
}

function row(cells: readonly string[]): string {
  return tableRow(cells, WIDTHS)
}
