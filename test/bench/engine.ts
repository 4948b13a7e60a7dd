/**
 * `bench engine`: every fixture's block by one worker and by several, in turns, so that both meet the
 * same machine. Execution only: senders are recovered and the pre-state is loaded beforehand, and
 * nobody reads the commits. Rounds go over all blocks, so that all are measured equally warm.
 */

import { resolve } from 'node:path'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { readBlockIndex } from './block-index.ts'
import { collectGarbage, executeBlock } from './measure.ts'
import { engineOption, fixturesOption, jsonOption } from './options.ts'
import type { Column } from './report.ts'
import { mgasPerSecond, Report } from './report.ts'

interface EngineBenchOptions {
  readonly engine: EngineName
  readonly workers: number
  readonly repeat: number
  readonly warmup: number
  readonly fixtures: string
  readonly json?: boolean
}

interface BlockFigures {
  readonly number: number
  readonly fork: string
  readonly txs: number
  readonly gasUsed: number
  /** Total gas over critical-path gas, from the fixtures' index; null where it does not say. */
  readonly parallelism: number | null
  readonly sequentialMs: number
  readonly parallelMs: number
  readonly speedup: number
  readonly aborts: number
}

/** Blocks at least this parallel make the headline figure. */
const PARALLEL_FROM = 4

export const engineCommand = createCommand(
  'engine',
  'fixtures by one worker and by several: time, speed-up, aborts',
)
  .option('--workers <n>', 'workers to compare with one', integerOption(2, 63), 2)
  .option('--repeat <k>', 'measured rounds over all blocks', integerOption(1), 9)
  .option('--warmup <k>', 'rounds over all blocks before them', integerOption(0), 8)
  .addOption(fixturesOption())
  .addOption(engineOption())
  .addOption(jsonOption())
  .action(async (options: EngineBenchOptions) => {
    await run(options)
  })

async function run(options: EngineBenchOptions): Promise<void> {
  const { workers, engine } = options
  const report = new Report(options, workers)
  const folder = resolve(options.fixtures)
  const files = await listBlockFixtures([folder])
  const index = await readBlockIndex(folder)
  const one = await createEngine({ config: MAINNET, workers: 1, engine })
  const many = await createEngine({ config: MAINNET, workers, engine })
  const blocks = await Promise.all(
    files.map(async (file) => createMeasurement(await readBlockFixture(file), index)),
  )
  const runs = (options.warmup + options.repeat) * blocks.length
  try {
    await report.withProgress('bench engine', runs, async (advance) => {
      for (let round = -options.warmup; round < options.repeat; round++) {
        collectGarbage()
        for (const block of blocks) {
          await measureBlock(block, { one, many }, round)
          advance()
        }
      }
    })
  } finally {
    await one.close()
    await many.close()
  }
  const figures = blocks.map(figuresOf)
  const printBlock = report.table('block', COLUMNS)
  for (const block of figures) printBlock(block)
  const summary = summarize(figures)
  report.line(summary, summaryLine(summary))
}

interface Measurement {
  readonly fixture: BlockFixture
  readonly parallelism: number | null
  readonly sequentialMs: number[]
  readonly parallelMs: number[]
  readonly aborts: number[]
}

function createMeasurement(fixture: BlockFixture, index: Map<number, number>): Measurement {
  const parallelism = index.get(Number(fixture.header.number)) ?? null
  return { fixture, parallelism, sequentialMs: [], parallelMs: [], aborts: [] }
}

/** A block is run so long a round, at most so often: single times scatter by a time slice. */
const ROUND_MS = 20
const ROUND_RUNS_MAX = 50

/** Runs by one worker and by many, directly after each other, each first in turn. */
async function measureBlock(
  block: Measurement,
  engines: { one: Engine; many: Engine },
  round: number,
): Promise<void> {
  let totalMs = 0
  for (let run = 0; run < ROUND_RUNS_MAX && totalMs < ROUND_MS; run++) {
    const isOneFirst = (round + run) % 2 === 0
    const first = await timeExecution(isOneFirst ? engines.one : engines.many, block.fixture)
    const second = await timeExecution(isOneFirst ? engines.many : engines.one, block.fixture)
    const [sequential, parallel] = isOneFirst ? [first, second] : [second, first]
    if (round >= 0) {
      block.sequentialMs.push(sequential.executeMs)
      block.parallelMs.push(parallel.executeMs)
      block.aborts.push(parallel.aborts)
    }
    totalMs += sequential.executeMs
  }
}

async function timeExecution(engine: Engine, fixture: BlockFixture) {
  await engine.loadState(fixture.preState)
  const { executeMs, stats } = await executeBlock(engine, fixture)
  assert(stats.gasUsed === fixture.header.gasUsed, 'the block uses the gas of its header')
  return { executeMs, aborts: stats.aborts }
}

function figuresOf(block: Measurement): BlockFigures {
  const { header, context, transactions } = block.fixture
  const sequentialMs = median(block.sequentialMs)
  const parallelMs = median(block.parallelMs)
  return {
    number: Number(header.number),
    fork: hardforkAt(MAINNET, context.number, context.timestamp),
    txs: transactions.length,
    gasUsed: Number(header.gasUsed),
    parallelism: block.parallelism,
    sequentialMs,
    parallelMs,
    speedup: sequentialMs / parallelMs,
    aborts: median(block.aborts),
  }
}

function summarize(figures: readonly BlockFigures[]) {
  const parallel = figures.filter(({ parallelism }) => (parallelism ?? 0) >= PARALLEL_FROM)
  const total = (ms: (block: BlockFigures) => number) =>
    figures.reduce((sum, block) => sum + ms(block), 0)
  const gasUsed = total((block) => block.gasUsed)
  const sequentialMs = total((block) => block.sequentialMs)
  const parallelMs = total((block) => block.parallelMs)
  return {
    type: 'summary',
    blocks: figures.length,
    parallelBlocks: parallel.length,
    medianSpeedup: median(parallel.map((block) => block.speedup)),
    worstSpeedup: Math.min(...figures.map((block) => block.speedup)),
    sequentialMs,
    parallelMs,
    sequentialMgasPerSecond: mgasPerSecond(gasUsed, sequentialMs),
    parallelMgasPerSecond: mgasPerSecond(gasUsed, parallelMs),
  }
}

const COLUMNS: readonly Column<BlockFigures>[] = [
  { name: 'block', width: 9, cell: ({ number }) => String(number) },
  { name: 'fork', width: 16, cell: ({ fork }) => fork },
  { name: 'txs', width: 5, cell: ({ txs }) => String(txs) },
  { name: 'Mgas', width: 6, cell: ({ gasUsed }) => (gasUsed / 1e6).toFixed(1) },
  { name: 'parallelism', width: 11, cell: ({ parallelism }) => parallelism?.toFixed(2) ?? '-' },
  { name: '1 worker', width: 10, cell: ({ sequentialMs }) => `${sequentialMs.toFixed(1)} ms` },
  { name: 'parallel', width: 10, cell: ({ parallelMs }) => `${parallelMs.toFixed(1)} ms` },
  { name: 'x', width: 6, cell: ({ speedup }) => speedup.toFixed(2) },
  { name: 'aborts', width: 6, cell: ({ aborts }) => String(aborts) },
]

function summaryLine(summary: ReturnType<typeof summarize>): string {
  const { parallelBlocks, blocks, medianSpeedup, worstSpeedup } = summary
  return (
    `${blocks} blocks: ${summary.sequentialMgasPerSecond.toFixed(1)} Mgas/s by one worker, ` +
    `${summary.parallelMgasPerSecond.toFixed(1)} in parallel; speed-up of the ${parallelBlocks} ` +
    `blocks with parallelism >= ${PARALLEL_FROM}: median ${medianSpeedup.toFixed(2)}, ` +
    `worst of all ${worstSpeedup.toFixed(2)}`
  )
}
