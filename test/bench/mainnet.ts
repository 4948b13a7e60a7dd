/**
 * `bench mainnet`: the fixtures' blocks by one worker and by several, by @ethereumjs/evm on the same
 * multi-version memory, and by `@ethereumjs/vm` on a flat state. The headline is how many times faster
 * one worker is than `@ethereumjs/vm`, the median over the blocks from Istanbul on.
 */

import { resolve } from 'node:path'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import type { Side } from './measure.ts'
import { collectGarbage, executeBlock, runInTurn, Samples } from './measure.ts'
import { engineOption, fixturesOption, jsonOption, workerListOption } from './options.ts'
import { timePeerVm } from './peer-vm.ts'
import type { Column } from './report.ts'
import { mgasPerSecond, milliseconds, Report, rate, ratio } from './report.ts'

interface MainnetOptions {
  readonly engine: EngineName
  readonly workers: readonly number[]
  readonly repeat: number
  readonly warmup: number
  readonly evmRounds: number
  readonly vmRounds: number
  readonly fixtures: string
  readonly json?: boolean
}

interface BlockFigures {
  readonly number: number
  readonly fork: Hardfork
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
  /** `@ethereumjs/evm` on the core's memory, one worker; absent when it was left out. */
  readonly evmMs?: number
  /** `@ethereumjs/vm` on a flat state; absent when it was left out. */
  readonly vmMs?: number
}

/** Names of the sides that are not numbers of workers. */
const EVM = 'evm'
const VM = 'vm'
const HEADLINE_FROM = 'istanbul'
/** Rounds before the measured ones in which the slow sides take part too. */
const SLOW_WARMUP = 1

export const mainnetCommand = createCommand(
  'mainnet',
  'fixtures by one worker, by several, and by @ethereumjs/evm and @ethereumjs/vm',
)
  .addOption(engineOption())
  .addOption(workerListOption())
  .option('--repeat <k>', 'measured rounds over all blocks', integerOption(1), 9)
  .option('--warmup <k>', 'rounds over all blocks before them', integerOption(1), 4)
  .option('--evm-rounds <k>', 'measured rounds of @ethereumjs/evm', integerOption(0), 3)
  .option('--vm-rounds <k>', 'measured rounds of @ethereumjs/vm', integerOption(0), 3)
  .addOption(fixturesOption())
  .addOption(jsonOption())
  .action(async (options: MainnetOptions) => {
    await run(options)
  })

interface Timing {
  readonly executeMs: number
  readonly aborts: number
}

interface Measurement {
  readonly fixture: BlockFixture
  readonly samples: Samples<Timing>
}

async function run(options: MainnetOptions): Promise<void> {
  const { workers, engine: name, evmRounds } = options
  const report = new Report(options, Math.max(...workers))
  const files = await listBlockFixtures([resolve(options.fixtures)])
  const blocks: Measurement[] = []
  for (const file of files) {
    blocks.push({ fixture: await readBlockFixture(file), samples: new Samples() })
  }
  const engines: { name: string; engine: Engine }[] = []
  const add = async (side: string, count: number, engine: EngineName) => {
    const created = await createEngine({ config: MAINNET, workers: count, engine })
    engines.push({ name: side, engine: created })
  }
  for (const count of [1, ...workers]) await add(`${count}`, count, name)
  if (evmRounds > 0) await add(EVM, 1, 'reference')
  const rounds = options.warmup + options.repeat
  try {
    await report.withProgress('bench mainnet', rounds * blocks.length, async (advance) => {
      for (let round = -options.warmup; round < options.repeat; round++) {
        collectGarbage()
        for (const block of blocks) {
          await measureBlock(block, engines, { round, options })
          advance()
        }
      }
    })
  } finally {
    for (const { engine } of engines) await engine.close()
  }
  const figures = blocks.map((block) => figuresOf(block, options))
  const print = report.table('block', columnsFor(workers))
  for (const block of figures) print(block)
  const summary = summarize(figures)
  report.line(summary, summaryLine(summary))
}

/** Short blocks are run so often a round: single times of theirs scatter by a time slice. */
const SHORT_RUNS = 5
const SHORT_MS = 20

async function measureBlock(
  { fixture, samples }: Measurement,
  engines: readonly { name: string; engine: Engine }[],
  { round, options }: { round: number; options: MainnetOptions },
): Promise<void> {
  const takesPart = (side: string) => {
    if (side === EVM) return isSlowRound(round, options.evmRounds)
    return side !== VM || isSlowRound(round, options.vmRounds)
  }
  const sides: Side<Timing>[] = engines.map(({ name, engine }) => ({
    name,
    run: () => timeEngine(engine, fixture),
  }))
  sides.push({
    name: VM,
    run: async () => ({ executeMs: await timePeerVm(fixture), aborts: 0 }),
  })
  for (let run = 0; run < SHORT_RUNS; run++) {
    const present = sides.filter(({ name }) => takesPart(name))
    const results = await runInTurn(present, Math.abs(round) + run)
    for (const [name, timing] of results) if (round >= 0) samples.add(name, timing)
    if (results.get('1')!.executeMs > SHORT_MS) return
  }
}

function isSlowRound(round: number, rounds: number): boolean {
  return rounds > 0 && round >= -SLOW_WARMUP && round < rounds
}

async function timeEngine(engine: Engine, fixture: BlockFixture): Promise<Timing> {
  await engine.loadState(fixture.preState)
  const { executeMs, stats } = await executeBlock(engine, fixture)
  assert(stats.gasUsed === fixture.header.gasUsed, 'the block uses the gas of its header')
  return { executeMs, aborts: stats.aborts }
}

function figuresOf({ fixture, samples }: Measurement, options: MainnetOptions): BlockFigures {
  const { header, context, transactions } = fixture
  const medianMs = (name: string) => median(samples.of(name).map(({ executeMs }) => executeMs))
  const sequentialMs = medianMs('1')
  const gasUsed = Number(header.gasUsed)
  return {
    number: Number(header.number),
    fork: hardforkAt(MAINNET, context.number, context.timestamp),
    txs: transactions.length,
    gasUsed,
    sequentialMs,
    mgasPerSecond: mgasPerSecond(gasUsed, sequentialMs),
    parallel: options.workers.map((workers) => {
      const executeMs = medianMs(`${workers}`)
      const aborts = median(samples.of(`${workers}`).map((timing) => timing.aborts))
      return { workers, executeMs, speedup: sequentialMs / executeMs, aborts }
    }),
    ...(options.evmRounds > 0 && { evmMs: medianMs(EVM) }),
    ...(options.vmRounds > 0 && { vmMs: medianMs(VM) }),
  }
}

function summarize(figures: readonly BlockFigures[]) {
  const total = (value: (block: BlockFigures) => number) =>
    figures.reduce((sum, block) => sum + value(block), 0)
  const gasUsed = total((block) => block.gasUsed)
  const rateOf = (timeMs: (block: BlockFigures) => number) => mgasPerSecond(gasUsed, total(timeMs))
  // A block without transactions says nothing of an EVM.
  const recent = figures.filter(({ fork, txs }) => isAtLeast(fork, HEADLINE_FROM) && txs > 0)
  const ratios = (timeMs: (block: BlockFigures) => number | undefined) =>
    recent.flatMap((block) => {
      const peerMs = timeMs(block)
      return peerMs === undefined ? [] : [peerMs / block.sequentialMs]
    })
  const toEvm = ratios(({ evmMs }) => evmMs)
  const toVm = ratios(({ vmMs }) => vmMs)
  return {
    type: 'summary',
    blocks: figures.length,
    gasUsed,
    headlineBlocks: recent.length,
    ...(toVm.length > 0 && { medianVmRatio: median(toVm), leastVmRatio: Math.min(...toVm) }),
    ...(toEvm.length > 0 && { medianEvmRatio: median(toEvm), leastEvmRatio: Math.min(...toEvm) }),
    mgasPerSecond: rateOf(({ sequentialMs }) => sequentialMs),
    parallelMgasPerSecond: figures[0]!.parallel.map(({ workers }, index) => ({
      workers,
      mgasPerSecond: rateOf(({ parallel }) => parallel[index]!.executeMs),
    })),
    ...(toEvm.length > 0 && { evmMgasPerSecond: rateOf(({ evmMs }) => evmMs ?? 0) }),
    ...(toVm.length > 0 && { vmMgasPerSecond: rateOf(({ vmMs }) => vmMs ?? 0) }),
  }
}

function columnsFor(workers: readonly number[]): readonly Column<BlockFigures>[] {
  return [
    { name: 'block', width: 9, cell: ({ number }) => String(number) },
    { name: 'fork', width: 16, cell: ({ fork }) => fork },
    { name: 'txs', width: 5, cell: ({ txs }) => String(txs) },
    { name: 'Mgas', width: 5, cell: ({ gasUsed }) => (gasUsed / 1e6).toFixed(1) },
    { name: '1 worker', width: 9, cell: ({ sequentialMs }) => milliseconds(sequentialMs) },
    { name: 'Mgas/s', width: 7, cell: (block) => rate(block.mgasPerSecond) },
    ...workers.flatMap((count, index): Column<BlockFigures>[] => [
      {
        name: `${count} workers`,
        width: 10,
        cell: ({ parallel }) => milliseconds(parallel[index]!.executeMs),
      },
      { name: 'x', width: 5, cell: ({ parallel }) => ratio(parallel[index]!.speedup) },
      { name: 'aborts', width: 6, cell: ({ parallel }) => String(parallel[index]!.aborts) },
    ]),
    { name: 'evm', width: 8, cell: ({ evmMs }) => milliseconds(evmMs) },
    { name: 'x evm', width: 6, cell: (block) => peerRatio(block, block.evmMs) },
    { name: 'vm', width: 8, cell: ({ vmMs }) => milliseconds(vmMs) },
    { name: 'x vm', width: 6, cell: (block) => peerRatio(block, block.vmMs) },
  ]
}

function peerRatio({ sequentialMs }: BlockFigures, peerMs: number | undefined): string {
  return rate(peerMs === undefined ? undefined : peerMs / sequentialMs)
}

function summaryLine(summary: ReturnType<typeof summarize>): string {
  const parallel = summary.parallelMgasPerSecond
    .map(({ workers, mgasPerSecond }) => `${rate(mgasPerSecond)} by ${workers}`)
    .join(', ')
  const peers = [
    `@ethereumjs/evm ${rate(summary.evmMgasPerSecond)}`,
    `@ethereumjs/vm ${rate(summary.vmMgasPerSecond)}`,
  ].join(', ')
  return [
    `${summary.blocks} blocks, Mgas/s: ${rate(summary.mgasPerSecond)} by one worker, ${parallel}; ${peers}`,
    `one worker against @ethereumjs/vm on a flat state, ${summary.headlineBlocks} blocks from ` +
      `Istanbul on: median ${rate(summary.medianVmRatio)} times as fast, least ` +
      `${rate(summary.leastVmRatio)}; against @ethereumjs/evm: median ${rate(summary.medianEvmRatio)}`,
  ].join('\n')
}
