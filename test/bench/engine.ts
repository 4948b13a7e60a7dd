/**
 * `bench engine`: every fixture's block by one worker and by several, in turns, so that both meet the
 * same machine. Execution only: senders are recovered and the pre-state is loaded beforehand.
 */

import { resolve } from 'node:path'
import { executeFixture } from '@shredcast/leader/node/fixture-leader'
import { integerOption } from '@shredcast/protocol/cli/command'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { median } from '@shredcast/shared/primitives/statistics'
import { Command, Option } from 'commander'
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

export const engineCommand = new Command('engine')
  .description('fixtures by one worker and by several: time, speed-up, aborts')
  .option('--workers <n>', 'workers to compare with one', integerOption(2, 63), 2)
  .option('--repeat <k>', 'measured runs of each block and worker count', integerOption(1), 9)
  .option('--warmup <k>', 'runs before them', integerOption(0), 3)
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
  print({ type: 'columns' }, row(COLUMNS))
  const one = await createEngine({ config: MAINNET, workers: 1 })
  const many = await createEngine({ config: MAINNET, workers: options.workers })
  const figures: BlockFigures[] = []
  try {
    for (const file of files) {
      const fixture = await readBlockFixture(file)
      const parallelism = index.get(Number(fixture.header.number)) ?? null
      const block = await measureBlock(fixture, parallelism, { one, many, ...options })
      figures.push(block)
      print(block, blockRow(block))
    }
  } finally {
    await one.close()
    await many.close()
  }
  const summary = summarize(figures)
  print(summary, summaryLine(summary))
}

async function measureBlock(
  fixture: BlockFixture,
  parallelism: number | null,
  setup: { one: Engine; many: Engine; repeat: number; warmup: number },
): Promise<BlockFigures> {
  const sequentialMs: number[] = []
  const parallelMs: number[] = []
  const aborts: number[] = []
  let fork = ''
  for (let i = -setup.warmup; i < setup.repeat; i++) {
    const sequential = await executeFixture(setup.one, MAINNET, fixture, () => {})
    const parallel = await executeFixture(setup.many, MAINNET, fixture, () => {})
    fork = parallel.block.fork
    if (i < 0) continue
    sequentialMs.push(sequential.executeMs)
    parallelMs.push(parallel.executeMs)
    aborts.push(parallel.aborts)
  }
  return {
    type: 'block',
    number: Number(fixture.header.number),
    fork,
    txs: fixture.transactions.length,
    gasUsed: Number(fixture.header.gasUsed),
    parallelism,
    sequentialMs: median(sequentialMs),
    parallelMs: median(parallelMs),
    speedup: median(sequentialMs) / median(parallelMs),
    aborts: median(aborts),
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
  return cells
    .map((cell, column) =>
      column < 2 ? cell.padEnd(WIDTHS[column]!) : cell.padStart(WIDTHS[column]!),
    )
    .join('  ')
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
