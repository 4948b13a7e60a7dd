/** The work of `replay`: every block through the leader in this process and the follower beside it. */

import { createProgress } from '@shredcast/protocol/cli/progress'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { median } from '@shredcast/shared/primitives/statistics'
import type { FixtureResult } from '../node/fixture-leader.ts'
import { executeFixture, FixtureLeader } from '../node/fixture-leader.ts'
import type { FollowerFigures } from './replay-follower.ts'
import { FollowerProcess } from './replay-follower.ts'
import type { BlockLine, SummaryLine } from './replay-table.ts'
import { blockHeading, blockRow, summaryRow } from './replay-table.ts'
import { fixtureJson, roundMs } from './run-fixtures.ts'

export interface ReplayOptions {
  readonly follower: 'dag' | 'seeded' | 'apply' | 'none'
  readonly workers: number
  readonly engine: EngineName
  readonly repeat: number
  readonly compareSequential?: boolean
  readonly json?: boolean
}

/** Sets exit code 1 when any block fails any check. */
export async function replay(
  paths: readonly string[],
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<void> {
  const files = await listBlockFixtures(paths)
  const run = await ReplayRun.create(options, paths)
  const progress = createProgress('replay', files.length, !options.json)
  const lines: BlockLine[] = []
  try {
    if (!options.json) progress.print(blockHeading())
    for (const file of files) {
      if (signal.aborted) break
      const line = await run.block(await readBlockFixture(file))
      lines.push(line)
      progress.print(options.json ? JSON.stringify(line) : blockRow(line))
      progress.advance()
    }
  } finally {
    progress.stop()
    await run.close()
  }
  const summary = summaryOf(lines)
  process.stdout.write(`${options.json ? JSON.stringify(summary) : summaryRow(summary)}\n`)
  if (summary.failed > 0) process.exitCode = 1
}

class ReplayRun {
  readonly #options: ReplayOptions
  readonly #leader: FixtureLeader
  readonly #follower: FollowerProcess | undefined
  readonly #sequential: Engine | undefined

  private constructor(
    options: ReplayOptions,
    parts: { leader: FixtureLeader; follower?: FollowerProcess; sequential?: Engine },
  ) {
    this.#options = options
    this.#leader = parts.leader
    this.#follower = parts.follower
    this.#sequential = parts.sequential
  }

  static async create(options: ReplayOptions, paths: readonly string[]): Promise<ReplayRun> {
    const { workers, engine, follower: execute } = options
    const leader = await FixtureLeader.create({
      config: MAINNET,
      workers,
      engine,
      host: '127.0.0.1',
      port: 0,
    })
    try {
      return new ReplayRun(options, {
        leader,
        ...(execute !== 'none' && {
          follower: await FollowerProcess.start(leader.publisher, {
            paths,
            workers,
            engine,
            execute,
          }),
        }),
        ...(options.compareSequential && {
          sequential: await createEngine({ config: MAINNET, workers: 1, engine }),
        }),
      })
    } catch (error) {
      await leader.close()
      throw error
    }
  }

  async block(fixture: BlockFixture): Promise<BlockLine> {
    const results: FixtureResult[] = []
    const followed: FollowerFigures[] = []
    const sequentialMs: number[] = []
    for (let i = 0; i < this.#options.repeat; i++) {
      const verified = this.#follower?.nextBlock()
      results.push(await this.#leader.run(fixture))
      if (verified !== undefined) followed.push(await verified)
      if (this.#sequential !== undefined) {
        const run = await executeFixture(this.#sequential, MAINNET, fixture, () => {})
        sequentialMs.push(run.executeMs)
      }
    }
    return blockLine(results, followed, sequentialMs)
  }

  async close(): Promise<void> {
    await this.#follower?.stop()
    await this.#sequential?.close()
    await this.#leader.close()
  }
}

function blockLine(
  results: readonly FixtureResult[],
  followed: readonly FollowerFigures[],
  sequentialMs: readonly number[],
): BlockLine {
  const differing = results.find((result) => result.differences.length > 0)
  const last = followed.at(-1)
  return {
    type: 'block',
    ...fixtureJson(differing ?? results.at(-1)!),
    executeMs: medianMs(results.map((result) => result.executeMs)),
    sequentialMs: sequentialMs.length === 0 ? null : medianMs(sequentialMs),
    aborts: median(results.map((result) => result.aborts)),
    differences: differing?.differences ?? [],
    follower:
      last === undefined
        ? null
        : {
            ...last,
            verified: followed.every((figures) => figures.verified),
            executeMs: medianMs(followed.map((figures) => figures.executeMs)),
            aborts: Math.max(...followed.map((figures) => figures.aborts)),
          },
  }
}

function summaryOf(lines: readonly BlockLine[]): SummaryLine {
  const gasUsed = lines.reduce((sum, line) => sum + line.gasUsed, 0)
  const executeMs = lines.reduce((sum, line) => sum + line.executeMs, 0)
  return {
    type: 'summary',
    blocks: lines.length,
    failed: lines.filter((line) => !isOk(line)).length,
    txs: lines.reduce((sum, line) => sum + line.txs, 0),
    gasUsed,
    executeMs: roundMs(executeMs),
    mgasPerSecond: executeMs === 0 ? 0 : Math.round(gasUsed / executeMs / 100) / 10,
  }
}

function isOk(line: BlockLine): boolean {
  const followerOk =
    line.follower === null || (line.follower.verified && line.follower.aborts === 0)
  return line.differences.length === 0 && followerOk
}

function medianMs(values: readonly number[]): number {
  return roundMs(median(values))
}
