/**
 * `bench scheduler`: what adapting pays, in time and in processor time, the state root included: the
 * scheduler that decides as it runs against ones with one decision fixed, and against one worker, on
 * blocks whose transactions are independent, dependent and mixed.
 */

import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { BlockStats } from '@shredcast/shared/engine/block-stats'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { FixedDecisions } from '@shredcast/shared/engine/engine-options'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { BENCH_CONFIG } from './bench-chain.ts'
import type { FedTiming } from './fed-block.ts'
import { loadFedState, runAtOnce, runPaced } from './fed-block.ts'
import type { GeneratedBlock } from './gigagas-blocks.ts'
import { GIGAGAS_PLANS, generateBlock } from './gigagas-blocks.ts'
import type { Side } from './measure.ts'
import { collectGarbage, runInTurn, Samples } from './measure.ts'
import { choiceOf, jsonOption, listOf, positiveNumber, workerListOption } from './options.ts'
import type { Column } from './report.ts'
import { milliseconds, Report, ratio } from './report.ts'

interface SchedulerOptions {
  readonly blocks: readonly string[]
  readonly size: number
  readonly workers: readonly number[]
  readonly repeat: number
  readonly overMs?: number
  readonly json?: boolean
}

interface SchedulerRow {
  readonly block: string
  readonly side: string
  /** To the last commit, from there to the root, and both. */
  readonly executeMs: number
  readonly waitMs: number
  readonly rootMs: number
  /** Over the block's time: until a portion was committed. */
  readonly commitMs: number
  readonly cpuMs: number
  /** Cores that were busy: processor time over time. */
  readonly coresBusy: number
  readonly aborts: number
  readonly stats: Omit<BlockStats, 'gasUsed'> & { readonly gasUsed: number }
}

/** One decision fixed in each, and all of them. */
const SIDES: Readonly<Record<string, FixedDecisions>> = {
  adaptive: {},
  'no window': { speculation: 'unlimited' },
  'all awake': { workers: 'all' },
  'steps first': { order: 'steps first' },
  'root first': { order: 'root first' },
  'all fixed': { speculation: 'unlimited', workers: 'all', order: 'steps first' },
}

const BLOCK_NAMES = GIGAGAS_PLANS.map(({ name }) => name)
const DEFAULT_BLOCKS = ['raw', 'erc20-pairs', 'uniswap', 'chain', 'one-pool', 'mix']

export const schedulerCommand = createCommand(
  'scheduler',
  'decisions as it runs against fixed ones, in time and processor time',
)
  .option(
    '--blocks <list>',
    'gigagas blocks',
    listOf((name) => choiceOf(BLOCK_NAMES)(name)[0]!),
    DEFAULT_BLOCKS,
  )
  .option('--size <factor>', 'of the whole block', positiveNumber, 1)
  .addOption(workerListOption())
  .option(
    '--over-ms <n>',
    'time over which transactions come; default all at once',
    integerOption(1),
  )
  .option('--repeat <k>', 'measured rounds, after one to get warm', integerOption(1), 5)
  .addOption(jsonOption())
  .action(async (options: SchedulerOptions) => {
    await run(options)
  })

async function run(options: SchedulerOptions): Promise<void> {
  const report = new Report(options, Math.max(...options.workers))
  const engines = new Map<string, Engine>()
  try {
    engines.set('one worker', await createEngine({ config: BENCH_CONFIG, workers: 1 }))
    for (const workers of options.workers) {
      for (const [name, fixed] of Object.entries(SIDES)) {
        const engine = await createEngine({ config: BENCH_CONFIG, workers, fixed })
        engines.set(`${workers}, ${name}`, engine)
      }
    }
    const print = report.table('scheduler', columns(options.overMs !== undefined))
    for (const plan of GIGAGAS_PLANS.filter(({ name }) => options.blocks.includes(name))) {
      const count = Math.max(1, Math.round(plan.count * options.size))
      const block = await report.withProgress(`${plan.name}: sign`, count, (advance) => {
        return generateBlock(plan, options.size, advance)
      })
      for (const engine of engines.values()) await loadFedState(engine, block)
      const samples = await measure(engines, block, options)
      for (const side of engines.keys()) print(rowOf(plan.name, side, samples.of(side)))
    }
  } finally {
    for (const engine of engines.values()) await engine.close()
  }
}

async function measure(
  engines: ReadonlyMap<string, Engine>,
  block: GeneratedBlock,
  { repeat, overMs }: SchedulerOptions,
): Promise<Samples<FedTiming>> {
  const sides = [...engines].map(([name, engine]): Side<FedTiming> => {
    const runOnce = () => {
      return overMs === undefined ? runAtOnce(engine, block) : runPaced(engine, block, overMs)
    }
    return { name, run: runOnce }
  })
  const samples = new Samples<FedTiming>()
  for (let round = 0; round <= repeat; round++) {
    collectGarbage()
    const timings = await runInTurn(sides, round)
    const roots = new Set([...timings.values()].map(({ root }) => root))
    assert(roots.size === 1, 'all come to one root')
    if (round > 0) for (const [name, timing] of timings) samples.add(name, timing)
  }
  return samples
}

function rowOf(block: string, side: string, timings: readonly FedTiming[]): SchedulerRow {
  const of = (pick: (timing: FedTiming) => number) => median(timings.map(pick))
  // Of the last round: counters that belong together.
  const { stats } = timings.at(-1)!
  return {
    block,
    side,
    executeMs: of(({ executeMs }) => executeMs),
    waitMs: of(({ waitMs }) => waitMs),
    rootMs: of(({ executeMs, waitMs }) => executeMs + waitMs),
    commitMs: of(({ commitMs }) => commitMs),
    cpuMs: of(({ cpuMs }) => cpuMs),
    coresBusy: of(({ cpuMs, executeMs, waitMs }) => cpuMs / (executeMs + waitMs)),
    aborts: of(({ stats }) => stats.aborts),
    stats: { ...stats, gasUsed: Number(stats.gasUsed) },
  }
}

function columns(isPaced: boolean): Column<SchedulerRow>[] {
  const commit: Column<SchedulerRow> = {
    name: 'commit',
    width: 8,
    cell: ({ commitMs }) => milliseconds(commitMs),
  }
  return [
    { name: 'block', width: 12, cell: ({ block }) => block },
    { name: 'scheduler', width: 14, cell: ({ side }) => side },
    { name: 'ms', width: 8, cell: ({ executeMs }) => milliseconds(executeMs) },
    { name: 'wait ms', width: 8, cell: ({ waitMs }) => milliseconds(waitMs) },
    { name: 'to root', width: 8, cell: ({ rootMs }) => milliseconds(rootMs) },
    ...(isPaced ? [commit] : []),
    { name: 'CPU ms', width: 8, cell: ({ cpuMs }) => milliseconds(cpuMs) },
    { name: 'cores', width: 6, cell: ({ coresBusy }) => ratio(coresBusy) },
    { name: 'aborts', width: 7, cell: ({ aborts }) => String(aborts) },
    { name: 'window', width: 6, cell: ({ stats }) => String(stats.windowsNarrowed) },
    { name: 'order', width: 6, cell: ({ stats }) => String(stats.orderChanges) },
    { name: 'root 1st', width: 8, cell: ({ stats }) => String(stats.rootFirstTasks) },
    { name: 'left', width: 6, cell: ({ stats }) => String(stats.stepsLeft) },
    { name: 'spared', width: 6, cell: ({ stats }) => String(stats.wakesSpared) },
    { name: 'sleeps', width: 7, cell: ({ stats }) => String(stats.sleeps) },
  ]
}
