/**
 * `bench scale`: a prediction of how blocks would scale to more cores than this machine has. One real
 * worker executes a block while its commits are watched, which gives each step's cost; then the real
 * scheduler runs the block on virtual workers in virtual time.
 */

import { resolve } from 'node:path'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { median } from '@shredcast/shared/primitives/statistics'
import { BENCH_CONFIG } from './bench-chain.ts'
import { readBlockIndex } from './block-index.ts'
import type { BlockPlan } from './gigagas-blocks.ts'
import { GIGAGAS_PLANS, generateBlock } from './gigagas-blocks.ts'
import type { MeasuredBlock } from './measure.ts'
import { collectGarbage, commitTimes, executeBlock } from './measure.ts'
import {
  choiceOf,
  engineOption,
  fixturesOption,
  jsonOption,
  listOf,
  positiveNumber,
} from './options.ts'
import type { Column } from './report.ts'
import { milliseconds, Report, ratio } from './report.ts'
import { ScaleCore } from './scale-core.ts'
import { measureCosts } from './scale-costs.ts'
import { traceBlock } from './scale-trace.ts'

interface ScaleOptions {
  readonly engine: EngineName
  readonly cores: readonly number[]
  readonly size: number
  readonly repeat: number
  readonly fixtures: string
  readonly json?: boolean
}

interface ScaleFigures {
  readonly name: string
  readonly txs: number
  readonly parallelism: number | null
  /** Measured, by one worker, and how much faster two were. */
  readonly sequentialMs: number
  /** By one virtual worker; the steps' own times make it up. */
  readonly simulatedMs: number
  readonly measuredSpeedup: number
  /** Of a commit on average, and of a validation before it. */
  readonly commitUs: number
  readonly validationUs: number
  readonly predicted: readonly {
    readonly cores: number
    readonly workers: number
    readonly speedup: number
    readonly aborts: number
  }[]
}

interface NamedBlock extends MeasuredBlock {
  readonly name: string
  readonly preState: readonly GenesisAccount[]
  readonly parallelism: number | null
}

const US_PER_MS = 1000
const FIXTURES = 'fixtures'
const NAMES = [FIXTURES, ...GIGAGAS_PLANS.map(({ name }) => name)]
/** The number of workers whose real speed-up stands beside the predicted one. */
const MEASURED_WORKERS = 2
/** Blocks at least this parallel make the headline figure. */
const PARALLEL_FROM = 4

export const scaleCommand = createCommand(
  'scale',
  'PREDICTS the speed-up on 4 to 64 cores, on virtual workers in virtual time',
)
  .argument('[block...]', `fixtures, or blocks of gigagas; default all`, choiceOf(NAMES))
  .addOption(engineOption())
  .option('--cores <list>', 'numbers of cores', listOf(integerOption(2, 64)), [
    MEASURED_WORKERS,
    4,
    8,
    16,
    32,
    64,
  ])
  .option('--size <factor>', 'of the blocks of gigagas', positiveNumber, 0.25)
  .option('--repeat <k>', 'measured rounds', integerOption(1), 5)
  .addOption(fixturesOption())
  .addOption(jsonOption())
  .action(async (names: string[], options: ScaleOptions) => {
    await run(names.length === 0 ? NAMES : names, options)
  })

async function run(names: readonly string[], options: ScaleOptions): Promise<void> {
  const report = new Report(options, MEASURED_WORKERS)
  const core = await ScaleCore.create()
  const note =
    'A PREDICTION: the scheduler is the real one, on virtual workers in virtual time, with the ' +
    'costs that one worker was measured to have. Contention for caches and memory is left out.'
  report.line({ type: 'note', isPrediction: true, note }, note)
  const print = report.table('block', columnsFor(options.cores))
  const predictor = { core, options, print }
  if (names.includes(FIXTURES)) {
    const figures = await predictBlocks(MAINNET, readFixtures(options), predictor)
    printSummary(report, figures, options.cores)
  }
  const plans = GIGAGAS_PLANS.filter(({ name }) => names.includes(name))
  await predictBlocks(BENCH_CONFIG, generateBlocks(plans, options.size), predictor)
}

async function* readFixtures(options: ScaleOptions): AsyncGenerator<NamedBlock> {
  const folder = resolve(options.fixtures)
  const index = await readBlockIndex(folder)
  for (const file of await listBlockFixtures([folder])) {
    const fixture = await readBlockFixture(file)
    const number = Number(fixture.header.number)
    yield { ...fixture, name: `${number}`, parallelism: index.get(number) ?? null }
  }
}

async function* generateBlocks(
  plans: readonly BlockPlan[],
  size: number,
): AsyncGenerator<NamedBlock> {
  for (const plan of plans) {
    yield { ...(await generateBlock(plan, size, () => {})), parallelism: null }
  }
}

interface Predictor {
  readonly core: ScaleCore
  readonly options: ScaleOptions
  readonly print: (figures: ScaleFigures) => void
}

async function predictBlocks(
  config: ChainConfig,
  blocks: AsyncIterable<NamedBlock>,
  predictor: Predictor,
): Promise<ScaleFigures[]> {
  const { engine } = predictor.options
  const one = await createEngine({ config, workers: 1, engine })
  const two = await createEngine({ config, workers: MEASURED_WORKERS, engine })
  const all: ScaleFigures[] = []
  try {
    for await (const block of blocks) {
      const figures = await predictBlock(block, { one, two }, predictor)
      predictor.print(figures)
      all.push(figures)
    }
  } finally {
    await one.close()
    await two.close()
  }
  return all
}

async function predictBlock(
  block: NamedBlock,
  { one, two }: { one: Engine; two: Engine },
  { core, options }: Predictor,
): Promise<ScaleFigures> {
  for (const engine of [one, two]) await engine.loadState(block.preState)
  await executeBlock(one, block)
  const committed = Array.from({ length: one.stepCount }, (_, txIndex) => one.step(txIndex))
  const trace = traceBlock(block.preState, committed)
  const runs: Float64Array[] = []
  const [sequential, parallel]: [number[], number[]] = [[], []]
  for (let round = 0; round < options.repeat; round++) {
    collectGarbage()
    runs.push(await commitTimes(one, block))
    sequential.push((await executeBlock(one, block)).executeMs)
    parallel.push((await executeBlock(two, block)).executeMs)
  }
  core.load(trace)
  const costs = measureCosts(core, trace, runs)
  const alone = core.simulate(trace, 1, costs)
  const predicted = options.cores.map((cores) => {
    const workers = Math.min(cores, WORKER_COUNT_MAX)
    const { executeMs, aborts } = core.simulate(trace, workers, costs)
    return { cores, workers, speedup: alone.executeMs / executeMs, aborts }
  })
  const sequentialMs = median(sequential)
  return {
    name: block.name,
    txs: block.transactions.length,
    parallelism: block.parallelism,
    sequentialMs,
    simulatedMs: alone.executeMs,
    measuredSpeedup: sequentialMs / median(parallel),
    commitUs: mean(costs.commitMs) * US_PER_MS,
    validationUs: costs.validationMs * US_PER_MS,
    predicted,
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function printSummary(
  report: Report,
  figures: readonly ScaleFigures[],
  cores: readonly number[],
): void {
  const parallel = figures.filter(({ parallelism }) => (parallelism ?? 0) >= PARALLEL_FROM)
  if (parallel.length === 0) return
  const medians = cores.map((count, index) => {
    const speedup = median(parallel.map(({ predicted }) => predicted[index]!.speedup))
    return { cores: count, speedup }
  })
  const texts = medians.map(({ cores: count, speedup }) => `${ratio(speedup)} on ${count}`)
  report.line(
    { type: 'summary', isPrediction: true, parallelBlocks: parallel.length, medians },
    `predicted speed-up of the ${parallel.length} blocks with parallelism >= ${PARALLEL_FROM}, ` +
      `medians: ${texts.join(', ')} cores`,
  )
}

function columnsFor(cores: readonly number[]): readonly Column<ScaleFigures>[] {
  return [
    { name: 'block', width: 11, cell: ({ name }) => name },
    { name: 'txs', width: 6, cell: ({ txs }) => String(txs) },
    { name: 'parallelism', width: 11, cell: ({ parallelism }) => parallelism?.toFixed(2) ?? '-' },
    { name: '1 worker', width: 9, cell: ({ sequentialMs }) => milliseconds(sequentialMs) },
    { name: 'commit us', width: 9, cell: ({ commitUs }) => commitUs.toFixed(2) },
    {
      name: `${MEASURED_WORKERS} measured`,
      width: 10,
      cell: ({ measuredSpeedup }) => ratio(measuredSpeedup),
    },
    ...cores.map((count, index) => ({
      name: `${count} pred.`,
      width: 8,
      cell: ({ predicted }: ScaleFigures) => ratio(predicted[index]!.speedup),
    })),
  ]
}
