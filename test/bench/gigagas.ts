/**
 * `bench gigagas`: generated blocks of a billion gas by one worker and by several, by a follower that
 * is told what each transaction reads and writes, and by @ethereumjs/evm.
 */

import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { DeclaredSchedule, Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { Argument, Option } from 'commander'
import { BENCH_CONFIG } from './bench-chain.ts'
import type { BlockPlan, GeneratedBlock } from './gigagas-blocks.ts'
import { GIGAGAS_PLANS, generateBlock } from './gigagas-blocks.ts'
import type { GigagasFigures, ReferenceFigures } from './gigagas-table.ts'
import { gigagasColumns } from './gigagas-table.ts'
import type { Side } from './measure.ts'
import { collectGarbage, executeBlock, prepareBlock, runInTurn, Samples } from './measure.ts'
import {
  choiceOf,
  engineOption,
  jsonOption,
  listOf,
  positiveNumber,
  workerListOption,
} from './options.ts'
import { mgasPerSecond, Report } from './report.ts'

interface GigagasOptions {
  readonly engine: EngineName
  readonly workers: readonly number[]
  readonly follower: readonly DeclaredSchedule[]
  readonly size: number
  readonly repeat: number
  readonly warmup: number
  readonly referenceSeconds: number
  readonly json?: boolean
}

const NAMES = GIGAGAS_PLANS.map(({ name }) => name)
const SCHEDULES: readonly DeclaredSchedule[] = ['dag', 'seeded']
const BYTES_PER_MIB = 2 ** 20

const help = GIGAGAS_PLANS.map(({ name, count, description }) => {
  return `  ${name.padEnd(12)} ${String(count).padStart(6)} ${description}`
}).join('\n')

export const gigagasCommand = createCommand(
  'gigagas',
  'blocks of 1 Ggas, independent and hard ones',
)
  .addHelpText('after', `\nBlocks, with their transactions:\n${help}`)
  .addArgument(new Argument('[block...]', 'which blocks; default all').argParser(choiceOf(NAMES)))
  .addOption(engineOption())
  .addOption(workerListOption())
  .addOption(
    new Option('--follower <list>', "schedules of the follower, with the last --workers' engine")
      .argParser(listOf(scheduleOf))
      .default(SCHEDULES),
  )
  .addOption(new Option('--no-follower', 'leave the follower out'))
  .option('--size <factor>', 'of the whole block', positiveNumber, 1)
  .option('--repeat <k>', 'measured rounds', integerOption(1), 5)
  .option('--warmup <k>', 'rounds before them', integerOption(1), 1)
  .option(
    '--reference-seconds <s>',
    'longest run of @ethereumjs/evm; a longer block is estimated by its part; 0: none',
    integerOption(0),
    60,
  )
  .addOption(jsonOption())
  .action(async (names: string[], options: GigagasOptions) => {
    const plans = GIGAGAS_PLANS.filter(({ name }) => names.length === 0 || names.includes(name))
    await run(plans, { ...options, follower: options.follower || [] })
  })

function scheduleOf(text: string): DeclaredSchedule {
  return choiceOf(SCHEDULES)(text)[0] as DeclaredSchedule
}

interface Engines {
  /** One worker first, then in the order of the option. */
  readonly ours: readonly Engine[]
  readonly reference: Engine | undefined
}

async function run(plans: readonly BlockPlan[], options: GigagasOptions): Promise<void> {
  const { engine, workers, referenceSeconds } = options
  const report = new Report(options, Math.max(...workers))
  const ours: Engine[] = []
  for (const count of [1, ...workers]) {
    ours.push(await createEngine({ config: BENCH_CONFIG, workers: count, engine }))
  }
  const reference =
    referenceSeconds === 0
      ? undefined
      : await createEngine({ config: BENCH_CONFIG, workers: 1, engine: 'reference' })
  try {
    const print = report.table('block', gigagasColumns(workers, options.follower))
    for (const plan of plans) {
      const figures = await measurePlan(plan, { ours, reference }, options, report)
      print(figures)
      for (const { schedule, failure } of figures.follower) {
        if (failure !== undefined) report.note(`${plan.name}, ${schedule}: ${failure}`)
      }
    }
    if (reference !== undefined) report.note('~: estimated by a part of the block')
  } finally {
    for (const each of [...ours, reference]) await each?.close()
  }
}

async function measurePlan(
  plan: BlockPlan,
  { ours, reference }: Engines,
  options: GigagasOptions,
  report: Report,
): Promise<GigagasFigures> {
  const count = Math.max(1, Math.round(plan.count * options.size))
  const block = await report.withProgress(`${plan.name}: sign`, count, (advance) => {
    return generateBlock(plan, options.size, advance)
  })
  for (const engine of ours) await engine.loadState(block.preState)
  const diffs = await committedDiffs(ours.at(-1)!, block)
  const rounds = options.warmup + options.repeat
  const sides = ours.map((engine) => leaderSide(engine, block))
  for (const schedule of options.follower) {
    sides.push(followerSide(ours.at(-1)!, block, diffs, schedule))
  }
  const samples = new Samples<Timing>()
  await report.withProgress(`${plan.name}: run`, rounds, async (advance) => {
    for (let round = -options.warmup; round < options.repeat; round++) {
      collectGarbage()
      for (const [name, timing] of await runInTurn(sides, Math.abs(round))) {
        if (round >= 0) samples.add(name, timing)
      }
      advance()
    }
  })
  const rssBytes = process.memoryUsage.rss()
  const { gasUsed } = samples.of('1')[0]!
  const limits = { seconds: options.referenceSeconds, gasUsed }
  const part = reference && (await measureReference(reference, block, limits))
  return figuresOf(block, { ours, samples, part, rssBytes }, options)
}

interface Timing {
  readonly executeMs: number
  readonly gasUsed: number
  readonly aborts: number
  readonly declareMs?: number
  /** Why there is no time. */
  readonly failure?: string
}

/** What the follower is told; the run makes the engine warm as well. */
async function committedDiffs(engine: Engine, block: GeneratedBlock): Promise<StateDiff[]> {
  await executeBlock(engine, block)
  return Array.from({ length: engine.stepCount }, (_, txIndex) => {
    const step = engine.step(txIndex)
    assert(step.type !== 'rejected', 'generated transactions are valid')
    const isDone = step.type === 'system' || step.receipt.status === 1
    assert(isDone, 'generated transactions succeed')
    return step.diff
  })
}

function leaderSide(engine: Engine, block: GeneratedBlock): Side<Timing> {
  return {
    name: `${engine.workers}`,
    async run() {
      const { executeMs, stats } = await executeBlock(engine, block)
      return { executeMs, gasUsed: Number(stats.gasUsed), aborts: stats.aborts }
    },
  }
}

/** Everything is declared before anything runs, so that both times can be told apart. */
function followerSide(
  engine: Engine,
  block: GeneratedBlock,
  diffs: readonly StateDiff[],
  schedule: DeclaredSchedule,
): Side<Timing> {
  return {
    name: schedule,
    async run() {
      await prepareBlock(engine, block, schedule)
      try {
        let declaredMs = 0
        const timedDiffs = function* () {
          yield* diffs
          // The workers run before this thread is told so.
          declaredMs = performance.now()
        }
        const startedMs = performance.now()
        await engine.declareAll(timedDiffs())
        engine.execute()
        await engine.committedAbove(engine.stepCount - 1)
        const executeMs = performance.now() - declaredMs
        const { gasUsed, aborts } = engine.stats
        return { executeMs, declareMs: declaredMs - startedMs, gasUsed: Number(gasUsed), aborts }
      } catch (error) {
        if (!(error instanceof EngineHaltedError)) throw error
        await engine.abandonBlock()
        return { executeMs: Number.NaN, gasUsed: 0, aborts: 0, failure: error.shortMessage }
      }
    },
  }
}

/** Shares of the block that @ethereumjs/evm runs first, to get warm and to tell how long it takes. */
const PROBE_SHARE = 0.01

async function measureReference(
  engine: Engine,
  block: GeneratedBlock,
  { seconds, gasUsed }: { seconds: number; gasUsed: number },
): Promise<ReferenceFigures> {
  await engine.loadState(block.preState)
  const total = block.transactions.length
  const runPart = async (count: number) => {
    const { executeMs, stats } = await executeBlock(engine, {
      context: block.context,
      transactions: block.transactions.slice(0, count),
    })
    return { count, executeMs, gasUsed: Number(stats.gasUsed) }
  }
  await runPart(Math.ceil(total * PROBE_SHARE))
  const probe = await runPart(Math.ceil(total * PROBE_SHARE))
  const expectedMs = (probe.executeMs * total) / probe.count
  const share = Math.min(1, (seconds * 1000) / expectedMs)
  const { count, executeMs, gasUsed: partGasUsed } = await runPart(Math.ceil(total * share))
  const isEstimate = count < total
  assert(isEstimate || partGasUsed === gasUsed, 'both engines use the same gas')
  return { executeMs: (executeMs * total) / count, isEstimate }
}

function figuresOf(
  block: GeneratedBlock,
  measured: {
    ours: readonly Engine[]
    samples: Samples<Timing>
    part: ReferenceFigures | undefined
    rssBytes: number
  },
  options: GigagasOptions,
): GigagasFigures {
  const { ours, samples, part, rssBytes } = measured
  const of = (name: string) => {
    const timings = samples.of(name)
    const times = (pick: (timing: Timing) => number) => median(timings.map(pick))
    return {
      timings,
      executeMs: times(({ executeMs }) => executeMs),
      declareMs: times(({ declareMs }) => declareMs ?? Number.NaN),
      aborts: times(({ aborts }) => aborts),
    }
  }
  const sequential = of('1')
  const gasUsed = sequential.timings[0]!.gasUsed
  const parallel = options.workers.map((workers) => {
    const { executeMs, aborts } = of(`${workers}`)
    return { workers, executeMs, speedup: sequential.executeMs / executeMs, aborts }
  })
  const follower = options.follower.map((schedule) => {
    const { timings, executeMs, declareMs } = of(schedule)
    const failure = timings.find((timing) => timing.failure !== undefined)?.failure
    return failure === undefined ? { schedule, executeMs, declareMs } : { schedule, failure }
  })
  const { blockArenaFill, stateArenaFill } = ours.at(-1)!.stats
  return {
    name: block.name,
    txs: block.transactions.length,
    gasUsed,
    sequentialMs: sequential.executeMs,
    mgasPerSecond: mgasPerSecond(gasUsed, sequential.executeMs),
    parallel,
    follower,
    ...(part !== undefined && { reference: part }),
    blockArenaFill,
    stateArenaFill,
    rssMiB: Math.round(rssBytes / BYTES_PER_MIB),
  }
}
