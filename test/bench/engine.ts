/**
 * `bench engine`: every fixture's block by one worker and by several, in turns, so that both meet the
 * same machine. Execution only: senders are recovered and the pre-state is loaded beforehand, and
 * nobody reads the commits. Rounds go over all blocks, so that all are measured equally warm.
 */

import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createProgress } from '@shredcast/leader/cli/progress'
import { tableRow } from '@shredcast/leader/cli/table-row'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { Option } from 'commander'
import { readBlockIndex } from './block-index.ts'
import { describeMachine } from './machine.ts'

interface EngineBenchOptions {
  readonly workers: number
  readonly repeat: number
  readonly warmup: number
  readonly fixtures: string
  readonly json?: boolean
}

interface BlockFigures {
  readonly type: 'block'
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
  .option('--fixtures <path>', 'a fixture file or a folder of them', '../shared/fixtures/mainnet')
  .addOption(
    new Option('--engine <name>', '@ethereumjs/evm on multi-version memory')
      .choices(['reference'])
      .default('reference'),
  )
  .option('--json', 'print one JSON object a line on stdout')
  .action(async (options: EngineBenchOptions) => {
    await run(options)
  })

async function run(options: EngineBenchOptions): Promise<void> {
  const print = (json: object, line: string) => {
    process.stdout.write(`${options.json ? JSON.stringify(json) : line}\n`)
  }
  const folder = resolve(options.fixtures)
  const files = await listBlockFixtures([folder])
  const index = await readBlockIndex(folder)
  const machine = describeMachine(options.workers)
  print({ type: 'machine', ...machine }, machine.text)
  const one = await createEngine({ config: MAINNET, workers: 1 })
  const many = await createEngine({ config: MAINNET, workers: options.workers })
  const blocks = await Promise.all(
    files.map(async (file) => createMeasurement(await readBlockFixture(file), index)),
  )
  const runs = (options.warmup + options.repeat) * blocks.length
  const progress = createProgress('bench', runs, !options.json)
  try {
    for (let round = -options.warmup; round < options.repeat; round++) {
      collectGarbage()
      for (const block of blocks) {
        await measureBlock(block, { one, many }, round)
        progress.advance()
      }
    }
  } finally {
    progress.stop()
    await one.close()
    await many.close()
  }
  const figures = blocks.map(figuresOf)
  if (!options.json) process.stdout.write(`${row(COLUMNS)}\n`)
  for (const block of figures) print(block, blockRow(block))
  const summary = summarize(figures)
  print(summary, summaryLine(summary))
}

// What the main thread collects while it waits would take a core from the workers.
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

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

/** Short blocks are run so often a round: single times of theirs scatter by a time slice. */
const SHORT_RUNS = 5
const SHORT_MS = 20

/** Runs by one worker and by many, directly after each other, each first in turn. */
async function measureBlock(
  block: Measurement,
  engines: { one: Engine; many: Engine },
  round: number,
): Promise<void> {
  for (let run = 0; run < SHORT_RUNS; run++) {
    const isOneFirst = (round + run) % 2 === 0
    const first = await timeExecution(isOneFirst ? engines.one : engines.many, block.fixture)
    const second = await timeExecution(isOneFirst ? engines.many : engines.one, block.fixture)
    const [sequential, parallel] = isOneFirst ? [first, second] : [second, first]
    if (round >= 0) {
      block.sequentialMs.push(sequential.executeMs)
      block.parallelMs.push(parallel.executeMs)
      block.aborts.push(parallel.aborts)
    }
    if (sequential.executeMs > SHORT_MS) return
  }
}

/** From the first execution to the last commit; nobody reads the commits meanwhile. */
async function timeExecution(engine: Engine, fixture: BlockFixture) {
  await engine.loadState(fixture.preState)
  await engine.openBlock(fixture.context)
  engine.append(fixture.transactions)
  engine.appendClosing()
  await engine.sendersRecovered()
  const startedMs = performance.now()
  engine.execute()
  await engine.committedAbove(engine.stepCount - 1)
  const executeMs = performance.now() - startedMs
  assert(engine.stats.gasUsed === fixture.header.gasUsed, 'the block uses the gas of its header')
  return { executeMs, aborts: engine.stats.aborts }
}

function figuresOf(block: Measurement): BlockFigures {
  const { header, context, transactions } = block.fixture
  const sequentialMs = median(block.sequentialMs)
  const parallelMs = median(block.parallelMs)
  return {
    type: 'block',
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
    sequentialMgasPerSecond: gasUsed / sequentialMs / 1000,
    parallelMgasPerSecond: gasUsed / parallelMs / 1000,
  }
}

const COLUMNS = [
  'block',
  'fork',
  'txs',
  'Mgas',
  'parallelism',
  '1 worker',
  'parallel',
  'x',
  'aborts',
]
const WIDTHS = [9, 16, 5, 6, 11, 10, 10, 6, 6]

function blockRow(block: BlockFigures): string {
  return row([
    String(block.number),
    block.fork,
    String(block.txs),
    (block.gasUsed / 1e6).toFixed(1),
    block.parallelism?.toFixed(2) ?? '-',
    `${block.sequentialMs.toFixed(1)} ms`,
    `${block.parallelMs.toFixed(1)} ms`,
    block.speedup.toFixed(2),
    String(block.aborts),
  ])
}

function row(cells: readonly string[]): string {
  return tableRow(cells, WIDTHS)
}

function summaryLine(summary: ReturnType<typeof summarize>): string {
  const { parallelBlocks, blocks, medianSpeedup, worstSpeedup } = summary
  return (
    `${blocks} blocks: ${summary.sequentialMgasPerSecond.toFixed(1)} Mgas/s by one worker, ` +
    `${summary.parallelMgasPerSecond.toFixed(1)} in parallel; speed-up of the ${parallelBlocks} ` +
    `blocks with parallelism >= ${PARALLEL_FROM}: median ${medianSpeedup.toFixed(2)}, ` +
    `worst of all ${worstSpeedup.toFixed(2)}`
  )
}
