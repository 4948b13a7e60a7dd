/**
 * `bench scheduler`: what adapting pays, in time and in processor time: the scheduler that narrows its
 * speculation as it pays, one that always speculates without limit, and one worker, on blocks whose
 * transactions are independent, dependent and mixed.
 */

import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { median } from '@shredcast/shared/primitives/statistics'
import { BENCH_CONFIG } from './bench-chain.ts'
import { GIGAGAS_PLANS, generateBlock } from './gigagas-blocks.ts'
import type { Execution, MeasuredBlock, Side } from './measure.ts'
import { collectGarbage, prepareBlock, runInTurn, Samples } from './measure.ts'
import { choiceOf, jsonOption, listOf, positiveNumber, workerListOption } from './options.ts'
import type { Column } from './report.ts'
import { milliseconds, Report, ratio } from './report.ts'

interface SchedulerOptions {
  readonly blocks: readonly string[]
  readonly size: number
  readonly workers: readonly number[]
  readonly repeat: number
  readonly json?: boolean
}

interface Timing extends Execution {
  /** Of all threads of the process. */
  readonly cpuMs: number
}

interface SchedulerRow {
  readonly block: string
  readonly side: string
  readonly executeMs: number
  readonly cpuMs: number
  /** Cores that were busy: processor time over time. */
  readonly coresBusy: number
  readonly aborts: number
  readonly waits: number
  readonly windowsNarrowed: number
  readonly sleeps: number
}

const BLOCK_NAMES = GIGAGAS_PLANS.map(({ name }) => name)
const DEFAULT_BLOCKS = ['raw', 'erc20-pairs', 'uniswap', 'chain', 'one-pool', 'mix']
const US_PER_MS = 1000

export const schedulerCommand = createCommand(
  'scheduler',
  'adaptive speculation against fixed ones, in time and processor time',
)
  .option(
    '--blocks <list>',
    'gigagas blocks',
    listOf((name) => choiceOf(BLOCK_NAMES)(name)[0]!),
    DEFAULT_BLOCKS,
  )
  .option('--size <factor>', 'of the whole block', positiveNumber, 1)
  .addOption(workerListOption())
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
      for (const speculation of ['adaptive', 'unlimited'] as const) {
        const engine = await createEngine({ config: BENCH_CONFIG, workers, speculation })
        engines.set(`${workers}, ${speculation}`, engine)
      }
    }
    const print = report.table('scheduler', COLUMNS)
    for (const plan of GIGAGAS_PLANS.filter(({ name }) => options.blocks.includes(name))) {
      const count = Math.max(1, Math.round(plan.count * options.size))
      const block = await report.withProgress(`${plan.name}: sign`, count, (advance) => {
        return generateBlock(plan, options.size, advance)
      })
      for (const engine of engines.values()) await engine.loadState(block.preState)
      const samples = await measure(engines, block, options.repeat)
      for (const side of engines.keys()) print(rowOf(plan.name, side, samples.of(side)))
    }
  } finally {
    for (const engine of engines.values()) await engine.close()
  }
}

async function measure(
  engines: ReadonlyMap<string, Engine>,
  block: MeasuredBlock,
  repeat: number,
): Promise<Samples<Timing>> {
  const sides = [...engines].map(([name, engine]): Side<Timing> => {
    return { name, run: () => timeBlock(engine, block) }
  })
  const samples = new Samples<Timing>()
  for (let round = 0; round <= repeat; round++) {
    collectGarbage()
    for (const [name, timing] of await runInTurn(sides, round)) {
      if (round > 0) samples.add(name, timing)
    }
  }
  return samples
}

async function timeBlock(engine: Engine, block: MeasuredBlock): Promise<Timing> {
  await prepareBlock(engine, block)
  const startedCpu = process.cpuUsage()
  const startedMs = performance.now()
  engine.execute()
  await engine.committedAbove(engine.stepCount - 1)
  const executeMs = performance.now() - startedMs
  const { user, system } = process.cpuUsage(startedCpu)
  const { stats } = engine
  await engine.abandonBlock()
  return { executeMs, cpuMs: (user + system) / US_PER_MS, stats }
}

function rowOf(block: string, side: string, timings: readonly Timing[]): SchedulerRow {
  const of = (pick: (timing: Timing) => number) => median(timings.map(pick))
  return {
    block,
    side,
    executeMs: of(({ executeMs }) => executeMs),
    cpuMs: of(({ cpuMs }) => cpuMs),
    coresBusy: of(({ cpuMs, executeMs }) => cpuMs / executeMs),
    aborts: of(({ stats }) => stats.aborts),
    waits: of(({ stats }) => stats.waits),
    windowsNarrowed: of(({ stats }) => stats.windowsNarrowed),
    sleeps: of(({ stats }) => stats.sleeps),
  }
}

const COLUMNS: readonly Column<SchedulerRow>[] = [
  { name: 'block', width: 12, cell: ({ block }) => block },
  { name: 'scheduler', width: 14, cell: ({ side }) => side },
  { name: 'ms', width: 8, cell: ({ executeMs }) => milliseconds(executeMs) },
  { name: 'CPU ms', width: 8, cell: ({ cpuMs }) => milliseconds(cpuMs) },
  { name: 'cores', width: 6, cell: ({ coresBusy }) => ratio(coresBusy) },
  { name: 'aborts', width: 7, cell: ({ aborts }) => String(aborts) },
  { name: 'waits', width: 7, cell: ({ waits }) => String(waits) },
  { name: 'narrowed', width: 8, cell: ({ windowsNarrowed }) => String(windowsNarrowed) },
  { name: 'sleeps', width: 7, cell: ({ sleeps }) => String(sleeps) },
]
