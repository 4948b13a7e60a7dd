/**
 * `bench live`: a running leader against other development nodes, over JSON-RPC, with the load made by
 * a process of its own. Every side gets the same signed transactions on a fresh chain, one side after
 * the other in each round. Timed is what a client sees: from its request to the receipt, and beside a
 * steady load, from a commit to the shred at a subscriber.
 */

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { Samples } from '../measure.ts'
import { choiceOf, jsonOption, listOf } from '../options.ts'
import type { Column } from '../report.ts'
import { mgasPerSecond, milliseconds, Report, rate } from '../report.ts'
import type { MixName, SignedLoad } from './live-mixes.ts'
import { MIX_NAMES, signLoad } from './live-mixes.ts'
import type { LoadResult, LoadShape } from './load-plan.ts'
import type { NodeKind } from './node-process.ts'
import { anvilNode, hardhatNode, shredcastNode } from './node-process.ts'
import { sendLoad } from './send-load.ts'
import { watchStream } from './watch-stream.ts'

const WAYS = ['steady', 'batches', 'single'] as const
type Way = (typeof WAYS)[number]

interface LiveOptions {
  readonly mixes: readonly MixName[]
  readonly ways: readonly Way[]
  readonly rate: number
  readonly seconds: number
  readonly flood: number
  readonly batch: number
  readonly repeat: number
  readonly workers: number
  readonly anvil?: string
  readonly hardhat?: string
  readonly json?: boolean
}

/** A load of every round: what is sent, and how. */
interface Load {
  readonly name: string
  /** The same for all sides, whose chains begin alike. */
  readonly signed: SignedLoad
  readonly shape: LoadShape
}

interface Sample extends LoadResult {
  readonly txs: number
  readonly residentBytes: number
  /** Of each shred at a subscriber, beside a steady load. */
  readonly shredAgesMs: readonly number[]
}

export interface LiveRow {
  readonly load: string
  readonly node: string
  readonly txs: number
  readonly lost: number
  readonly latencyP50Ms: number | undefined
  readonly latencyP99Ms: number | undefined
  readonly shredP50Ms: number | undefined
  readonly shredP99Ms: number | undefined
  readonly admittedPerSecond: number
  readonly txsPerSecond: number
  readonly mgasPerSecond: number
  readonly residentMiB: number
}

const MIB = 1024 * 1024
/** One request, so that its order is kept. */
const SET_UP: LoadShape = { kind: 'flood', lanes: 1, batch: 200 }
const BATCH_LANES = 4
const SINGLE_LANES = 64

export const liveCommand = createCommand(
  'live',
  'a leader over JSON-RPC against anvil and hardhat: latency, throughput, memory',
)
  .option('--mixes <list>', 'what is sent', namesFrom(MIX_NAMES), [...MIX_NAMES])
  .option('--ways <list>', 'how it is sent', namesFrom(WAYS), [...WAYS])
  .option('--rate <per second>', 'transactions of the steady load', integerOption(1), 500)
  .option('--seconds <n>', 'of the steady load', integerOption(1), 10)
  .option('--flood <n>', 'transactions of a flood', integerOption(1), 20_000)
  .option('--batch <n>', 'transactions a request of a flood in batches', integerOption(2), 50)
  .option('--repeat <k>', 'rounds; medians are printed', integerOption(1), 3)
  .option('--workers <n>', "the leader's", integerOption(1, 63), availableParallelism())
  .option('--anvil <file>', "anvil's program, e.g. of the package @foundry-rs/anvil-linux-amd64")
  .option('--hardhat <folder>', 'a project with hardhat installed')
  .addOption(jsonOption())
  .action(async (options: LiveOptions) => {
    await run(options)
  })

function namesFrom<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return listOf((name) => choiceOf(names)(name)[0] as Name)
}

async function run(options: LiveOptions): Promise<void> {
  const report = new Report(options, options.workers)
  const sides = sidesOf(options)
  const loads = loadsOf(options)
  const pairs = loads.flatMap((load) =>
    sides.filter((side) => isMeant(load, side)).map((side) => ({ load, side })),
  )
  const samples = new Samples<Sample>()
  await report.withProgress('bench live', options.repeat * pairs.length, async (advance) => {
    for (let round = 0; round < options.repeat; round++) {
      for (let place = 0; place < pairs.length; place++) {
        const { load, side } = pairs[(round + place) % pairs.length]!
        samples.add(`${load.name}/${side.name}`, await measure(side, load))
        advance()
      }
    }
  })
  const print = report.table('live', COLUMNS)
  for (const { load, side } of pairs) {
    print(rowOf(load.name, side.name, samples.of(`${load.name}/${side.name}`)))
  }
}

function isMeant(load: Load, side: NodeKind): boolean {
  return side.answersAtOnce || load.shape.kind !== 'paced'
}

function sidesOf({ anvil, hardhat, workers }: LiveOptions): NodeKind[] {
  const sides = [shredcastNode(workers)]
  if (anvil !== undefined) {
    assert(existsSync(anvil), `there is a program ${anvil}`)
    sides.push(anvilNode(anvil), anvilNode(anvil, 1))
  }
  if (hardhat !== undefined) sides.push(hardhatNode(hardhat))
  return sides
}

function loadsOf(options: LiveOptions): Load[] {
  const { rate: perSecond, batch } = options
  const paced = { kind: 'paced', perSecond } as const
  const batches = { kind: 'flood', lanes: BATCH_LANES, batch } as const
  const single = { kind: 'flood', lanes: SINGLE_LANES, batch: 1 } as const
  const ways: Record<Way, { name: string; count: number; shape: LoadShape }> = {
    steady: { name: `${perSecond}/s`, count: perSecond * options.seconds, shape: paced },
    batches: { name: `batches of ${batch}`, count: options.flood, shape: batches },
    single: { name: `${SINGLE_LANES} at a time`, count: options.flood, shape: single },
  }
  return options.ways.flatMap((way) =>
    options.mixes.map((mix) => {
      const { name, count, shape } = ways[way]
      return { name: `${mix}, ${name}`, signed: signLoad(mix, count), shape }
    }),
  )
}

/** A fresh chain for each load. */
async function measure(side: NodeKind, load: Load): Promise<Sample> {
  const node = await side.start()
  try {
    const { url, streamUrl } = node
    const { setUp, transactions } = load.signed
    await sendLoad({ url, transactions: setUp, shape: SET_UP })
    const isWatched = streamUrl !== undefined && load.shape.kind === 'paced'
    const watch = isWatched ? await watchStream(streamUrl) : undefined
    const result = await sendLoad({ url, transactions, shape: load.shape })
    const shredAgesMs = (await watch?.end()) ?? []
    const residentBytes = await node.residentBytes()
    return { ...result, txs: transactions.length, residentBytes, shredAgesMs }
  } finally {
    await node.close()
  }
}

function rowOf(load: string, node: string, samples: readonly Sample[]): LiveRow {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick))
  const latencyAt = quantiles(samples.flatMap(({ latenciesMs }) => latenciesMs))
  const shredAgeAt = quantiles(samples.flatMap(({ shredAgesMs }) => shredAgesMs))
  return {
    load,
    node,
    txs: samples[0]!.txs,
    lost: Math.max(...samples.map(({ lost }) => lost)),
    latencyP50Ms: latencyAt(0.5),
    latencyP99Ms: latencyAt(0.99),
    shredP50Ms: shredAgeAt(0.5),
    shredP99Ms: shredAgeAt(0.99),
    admittedPerSecond: of(({ txs, admittedMs }) => (txs / admittedMs) * 1000),
    txsPerSecond: of(({ txs, totalMs }) => (txs / totalMs) * 1000),
    mgasPerSecond: of(({ gasUsed, totalMs }) => mgasPerSecond(gasUsed, totalMs)),
    residentMiB: of((sample) => sample.residentBytes / MIB),
  }
}

/** Gives the value below which a share of them is; undefined when there is none. */
function quantiles(values: readonly number[]): (share: number) => number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return (share) => sorted[Math.floor(sorted.length * share)]
}

const COLUMNS: readonly Column<LiveRow>[] = [
  { name: 'load', width: 24, cell: ({ load }) => load },
  { name: 'node', width: 12, cell: ({ node }) => node },
  { name: 'txs', width: 7, cell: ({ txs }) => String(txs) },
  { name: 'lost', width: 5, cell: ({ lost }) => String(lost) },
  { name: 'p50 ms', width: 8, cell: ({ latencyP50Ms }) => milliseconds(latencyP50Ms) },
  { name: 'p99 ms', width: 8, cell: ({ latencyP99Ms }) => milliseconds(latencyP99Ms) },
  { name: 'shred', width: 7, cell: ({ shredP50Ms }) => milliseconds(shredP50Ms) },
  { name: 'its p99', width: 8, cell: ({ shredP99Ms }) => milliseconds(shredP99Ms) },
  { name: 'in/s', width: 8, cell: ({ admittedPerSecond }) => admittedPerSecond.toFixed(0) },
  { name: 'done/s', width: 8, cell: ({ txsPerSecond }) => txsPerSecond.toFixed(0) },
  { name: 'Mgas/s', width: 8, cell: (row) => rate(row.mgasPerSecond) },
  { name: 'MiB', width: 6, cell: ({ residentMiB }) => residentMiB.toFixed(0) },
]
