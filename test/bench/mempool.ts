/**
 * `bench mempool`: the same transactions wait in the pool and go to the engine by each of its orders,
 * a window at a time, as in the leader; every commit is read on the main thread, and learnt from.
 */

import { availableParallelism } from 'node:os'
import { admissionRules } from '@shredcast/leader/mempool/admission'
import { Mempool } from '@shredcast/leader/mempool/mempool'
import { DEFAULT_POOL_LIMITS } from '@shredcast/leader/mempool/pool-limits'
import type { PoolOrder } from '@shredcast/leader/mempool/pool-order'
import { POOL_ORDERS } from '@shredcast/leader/mempool/pool-order'
import type { PooledTransaction } from '@shredcast/leader/mempool/pooled-transaction'
import { hintsOf } from '@shredcast/leader/mempool/step-hints'
import { WINDOW_TRANSACTIONS } from '@shredcast/leader/node/pool-feed'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { SenderSource } from '@shredcast/shared/engine/sender-recovery'
import { SenderRecovery } from '@shredcast/shared/engine/sender-recovery'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { Argument } from 'commander'
import { BENCH_CONFIG, BENCH_CONTEXT } from './bench-chain.ts'
import type { BlockPlan, GeneratedBlock } from './gigagas-blocks.ts'
import { generateBlock } from './gigagas-blocks.ts'
import { collectGarbage, runInTurn, Samples } from './measure.ts'
import { MEMPOOL_MIXES } from './mempool-mixes.ts'
import { choiceOf, engineOption, jsonOption, positiveNumber } from './options.ts'
import type { Column } from './report.ts'
import { mgasPerSecond, milliseconds, Report, rate } from './report.ts'

interface MempoolBenchOptions {
  readonly engine: EngineName
  readonly workers: number
  readonly size: number
  readonly repeat: number
  readonly warmup: number
  readonly overtaken: number
  readonly json?: boolean
}

const NAMES = MEMPOOL_MIXES.map(({ name }) => name)
const help = MEMPOOL_MIXES.map(({ name, description }) => `  ${name.padEnd(12)} ${description}`)

export const mempoolCommand = createCommand('mempool', 'orders of the pool on hot and cold mixes')
  .addHelpText('after', `\nMixes:\n${help.join('\n')}`)
  .addArgument(new Argument('[mix...]', 'which mixes; default all').argParser(choiceOf(NAMES)))
  .addOption(engineOption())
  .option(
    '--workers <n>',
    'worker threads',
    integerOption(1, WORKER_COUNT_MAX),
    availableParallelism(),
  )
  .option('--size <factor>', 'of the whole mix, 10000 transactions', positiveNumber, 1)
  .option('--repeat <k>', 'measured rounds', integerOption(1), 5)
  .option('--warmup <k>', 'rounds before them; the pool learns in them', integerOption(1), 2)
  .option(
    '--overtaken <n>',
    'others that may overtake a transaction',
    integerOption(0),
    DEFAULT_POOL_LIMITS.overtaken,
  )
  .addOption(jsonOption())
  .action(async (names: string[], options: MempoolBenchOptions) => {
    const mixes = MEMPOOL_MIXES.filter(({ name }) => names.length === 0 || names.includes(name))
    await run(mixes, options)
  })

interface OrderFigures {
  readonly name: string
  readonly order: PoolOrder
  readonly txs: number
  readonly executeMs: number
  readonly mgasPerSecond: number
  readonly txsPerSecond: number
  readonly aborts: number
  /** The most that one transaction was overtaken by, in any round. */
  readonly overtaken: number
}

const COLUMNS: readonly Column<OrderFigures>[] = [
  { name: 'mix', width: 11, cell: ({ name }) => name },
  { name: 'order', width: 8, cell: ({ order }) => order },
  { name: 'txs', width: 6, cell: ({ txs }) => String(txs) },
  { name: 'ms', width: 8, cell: ({ executeMs }) => milliseconds(executeMs) },
  { name: 'tx/s', width: 7, cell: ({ txsPerSecond }) => txsPerSecond.toFixed(0) },
  { name: 'Mgas/s', width: 7, cell: (row) => rate(row.mgasPerSecond) },
  { name: 'aborts', width: 7, cell: ({ aborts }) => String(aborts) },
  { name: 'overtaken', width: 9, cell: ({ overtaken }) => String(overtaken) },
]

async function run(mixes: readonly BlockPlan[], options: MempoolBenchOptions): Promise<void> {
  const { engine: name, workers } = options
  const report = new Report(options, workers)
  const engine = await createEngine({ config: BENCH_CONFIG, workers, engine: name })
  const recovery = new SenderRecovery()
  try {
    const print = report.table('order', COLUMNS)
    let recovered = { count: 0, ms: 0 }
    for (const mix of mixes) {
      const count = Math.max(1, Math.round(mix.count * options.size))
      const block = await report.withProgress(`${mix.name}: sign`, count, (advance) => {
        return generateBlock(mix, options.size, advance)
      })
      const startedMs = performance.now()
      const senders = await recoverAll(recovery, block)
      const ms = performance.now() - startedMs
      recovered = { count: recovered.count + count, ms: recovered.ms + ms }
      for (const figures of await measureMix(engine, block, senders, options)) print(figures)
    }
    const recoveriesPerSecond = Math.round((recovered.count / recovered.ms) * 1000)
    const text = `recovery of senders in one thread: ${recoveriesPerSecond}/s`
    report.line({ type: 'recovery', recoveriesPerSecond }, text)
  } finally {
    await recovery.close()
    await engine.close()
  }
}

type KnownSenders = ReadonlyMap<Uint8Array, Uint8Array | undefined>

async function recoverAll(recovery: SenderSource, block: GeneratedBlock): Promise<KnownSenders> {
  const { transactions } = block
  const senders = await Promise.all(transactions.map((bytes) => recovery.recover(bytes)))
  return new Map(transactions.map((bytes, index) => [bytes, senders[index]]))
}

interface Round {
  readonly executeMs: number
  readonly gasUsed: number
  readonly aborts: number
  readonly overtaken: number
}

async function measureMix(
  engine: Engine,
  block: GeneratedBlock,
  senders: KnownSenders,
  options: MempoolBenchOptions,
): Promise<OrderFigures[]> {
  await engine.loadState(block.preState)
  const sides = POOL_ORDERS.map((order) => {
    const pool = createPool(order, senders, options)
    return { name: order, run: () => runOnce(engine, block, pool) }
  })
  const samples = new Samples<Round>()
  for (let round = -options.warmup; round < options.repeat; round++) {
    collectGarbage()
    for (const [order, result] of await runInTurn(sides, Math.abs(round))) {
      if (round >= 0) samples.add(order, result)
    }
  }
  return POOL_ORDERS.map((order) => figuresOf(block, order, samples.of(order)))
}

function createPool(
  order: PoolOrder,
  senders: KnownSenders,
  { workers, overtaken }: MempoolBenchOptions,
): Mempool {
  return new Mempool({
    rules: admissionRules(BENCH_CONFIG, BENCH_CONTEXT),
    // Each sender acts once a round, and each round starts from the same state.
    accounts: { account: () => ({ nonce: 0n, balance: 10n ** 30n, maySend: true }) },
    senders: { recover: (bytes) => Promise.resolve(senders.get(bytes)) },
    order,
    workers,
    limits: { overtaken },
  })
}

/** All wait in the pool; then they are executed. The block stays open and is dropped by the next. */
async function runOnce(engine: Engine, block: GeneratedBlock, pool: Mempool): Promise<Round> {
  await Promise.all(block.transactions.map((bytes) => pool.add(bytes)))
  await engine.openBlock(block.context)
  const total = block.transactions.length
  const places = new Map(block.transactions.map((bytes, place) => [bytes, place]))
  const taken: PooledTransaction[] = []
  const fill = () => {
    const batch = pool.take(WINDOW_TRANSACTIONS - pool.takenCount)
    taken.push(...batch)
    engine.append(
      batch.map(({ bytes }) => bytes),
      hintsOf(batch, engine.stepCount),
    )
    engine.execute()
  }
  const startedMs = performance.now()
  fill()
  // Step 0 is the opening.
  for (let step = 1; step <= total; ) {
    const committed = await engine.committedAbove(step)
    for (; step < committed; step++) {
      takeCommit(engine, step, taken[step - 1]!, pool)
      if (pool.takenCount <= WINDOW_TRANSACTIONS / 2 && pool.readyCount > 0) fill()
    }
  }
  const executeMs = performance.now() - startedMs
  const { gasUsed, aborts } = engine.stats
  const order = taken.map(({ bytes }) => places.get(bytes)!)
  return { executeMs, gasUsed: Number(gasUsed), aborts, overtaken: mostOvertaken(order) }
}

function takeCommit(engine: Engine, index: number, pooled: PooledTransaction, pool: Mempool): void {
  const step = engine.step(index)
  assert(step.type === 'transaction', 'generated transactions are valid')
  assert(step.receipt.status === 1, 'generated transactions succeed')
  pool.committed(pooled, step.diff, step.receipt.gasUsed)
}

/** `order`: places of arrival, in the order of execution. Of any, how many later ones went before it. */
function mostOvertaken(order: readonly number[]): number {
  // A Fenwick tree counts the places up to one that have gone already.
  const tree = new Int32Array(order.length + 1)
  let most = 0
  for (const [gone, place] of order.entries()) {
    let earlier = 0
    for (let i = place + 1; i > 0; i -= i & -i) earlier += tree[i]!
    most = Math.max(most, gone - earlier)
    for (let i = place + 1; i < tree.length; i += i & -i) tree[i] = tree[i]! + 1
  }
  return most
}

function figuresOf(
  block: GeneratedBlock,
  order: PoolOrder,
  rounds: readonly Round[],
): OrderFigures {
  const executeMs = median(rounds.map((round) => round.executeMs))
  const txs = block.transactions.length
  return {
    name: block.name,
    order,
    txs,
    executeMs,
    mgasPerSecond: mgasPerSecond(rounds[0]!.gasUsed, executeMs),
    txsPerSecond: (txs / executeMs) * 1000,
    aborts: median(rounds.map((round) => round.aborts)),
    overtaken: Math.max(...rounds.map((round) => round.overtaken)),
  }
}
