/** How `bench gigagas` shows a block. */

import type { DeclaredSchedule } from '@shredcast/shared/engine/engine'
import type { Column } from './report.ts'
import { milliseconds, rate, ratio } from './report.ts'

export interface ReferenceFigures {
  readonly executeMs: number
  /** Only a part of the block was run. */
  readonly isEstimate: boolean
}

export interface FollowerFigures {
  readonly schedule: DeclaredSchedule
  /** From the last declaration to the last commit. */
  readonly executeMs?: number
  readonly declareMs?: number
  /** Why there are no times. */
  readonly failure?: string
}

export interface GigagasFigures {
  readonly name: string
  readonly txs: number
  readonly gasUsed: number
  /** By one worker. */
  readonly sequentialMs: number
  readonly mgasPerSecond: number
  readonly parallel: readonly {
    readonly workers: number
    readonly executeMs: number
    readonly speedup: number
    readonly aborts: number
  }[]
  readonly follower: readonly FollowerFigures[]
  readonly reference?: ReferenceFigures
  /** Of the engine with the most workers, 0 to 1. */
  readonly blockArenaFill: number
  readonly stateArenaFill: number
  /** Of the whole process: all engines that are compared. */
  readonly rssMiB: number
}

type GigagasColumn = Column<GigagasFigures>

export function gigagasColumns(
  workers: readonly number[],
  schedules: readonly DeclaredSchedule[],
): readonly GigagasColumn[] {
  return [
    { name: 'block', width: 11, cell: ({ name }) => name },
    { name: 'txs', width: 6, cell: ({ txs }) => String(txs) },
    { name: 'Mgas', width: 6, cell: ({ gasUsed }) => (gasUsed / 1e6).toFixed(0) },
    { name: '1 worker', width: 10, cell: (row) => milliseconds(row.sequentialMs) },
    { name: 'Mgas/s', width: 7, cell: (row) => rate(row.mgasPerSecond) },
    ...workers.flatMap(parallelColumns),
    ...schedules.flatMap(followerColumns),
    { name: 'evm', width: 10, cell: ({ reference }) => referenceCell(reference) },
    {
      name: 'x evm',
      width: 7,
      cell: ({ reference, sequentialMs }) =>
        rate(reference === undefined ? undefined : reference.executeMs / sequentialMs),
    },
    { name: 'block arena', width: 11, cell: ({ blockArenaFill }) => percent(blockArenaFill) },
    { name: 'state', width: 5, cell: ({ stateArenaFill }) => percent(stateArenaFill) },
    { name: 'RSS', width: 9, cell: ({ rssMiB }) => `${rssMiB} MiB` },
  ]
}

function parallelColumns(workers: number, index: number): GigagasColumn[] {
  return [
    {
      name: `${workers} workers`,
      width: 10,
      cell: ({ parallel }) => milliseconds(parallel[index]?.executeMs),
    },
    { name: 'x', width: 5, cell: ({ parallel }) => ratio(parallel[index]?.speedup) },
    { name: 'aborts', width: 6, cell: ({ parallel }) => String(parallel[index]?.aborts ?? '-') },
  ]
}

function followerColumns(schedule: DeclaredSchedule, index: number): GigagasColumn[] {
  const of = ({ follower }: GigagasFigures) => follower[index]
  return [
    { name: schedule, width: 10, cell: (row) => milliseconds(of(row)?.executeMs) },
    { name: 'declared', width: 9, cell: (row) => milliseconds(of(row)?.declareMs) },
  ]
}

function referenceCell(reference: ReferenceFigures | undefined): string {
  if (reference === undefined) return '-'
  return `${reference.isEstimate ? '~' : ''}${reference.executeMs.toFixed(0)}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
