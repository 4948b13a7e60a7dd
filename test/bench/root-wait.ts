/**
 * How long a leader waits for the state root behind the last commit of a block of a billion gas: when
 * all transactions are there at once, and when they come over the block's time.
 */

import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { BENCH_CONFIG } from './bench-chain.ts'
import type { FedTiming } from './fed-block.ts'
import { loadFedState, runAtOnce, runPaced } from './fed-block.ts'
import type { GeneratedBlock } from './gigagas-blocks.ts'
import { GIGAGAS_PLANS, generateBlock } from './gigagas-blocks.ts'
import { collectGarbage, executeBlock, runInTurn, Samples } from './measure.ts'
import type { Column, Report } from './report.ts'
import { milliseconds } from './report.ts'

export interface RootWaitOptions {
  readonly blocks: readonly string[]
  readonly blockSize: number
  readonly blockMs: number
  readonly workers: readonly number[]
  readonly repeat: number
}

interface RootWaitRow {
  readonly name: string
  readonly workers: number
  readonly txs: number
  /** The block alone, without a root. */
  readonly executeMs: number
  /** All transactions at once: to the last commit, and from there to the root. */
  readonly burstMs: number
  readonly burstWaitMs: number
  /** Over the block's time: from the last commit to the root. */
  readonly pacedWaitMs: number
}

const NO_ROOT = ''

export async function measureRootWaits(options: RootWaitOptions, report: Report): Promise<void> {
  const print = report.table('rootWait', COLUMNS)
  const engines: Engine[] = []
  try {
    for (const workers of [1, ...options.workers]) {
      engines.push(await createEngine({ config: BENCH_CONFIG, workers }))
    }
    for (const plan of GIGAGAS_PLANS.filter(({ name }) => options.blocks.includes(name))) {
      const count = Math.max(1, Math.round(plan.count * options.blockSize))
      const block = await report.withProgress(`${plan.name}: sign`, count, (advance) => {
        return generateBlock(plan, options.blockSize, advance)
      })
      for (const engine of engines) print(await measureBlock(engine, block, options))
    }
  } finally {
    for (const engine of engines) await engine.close()
  }
}

async function measureBlock(
  engine: Engine,
  block: GeneratedBlock,
  options: RootWaitOptions,
): Promise<RootWaitRow> {
  await loadFedState(engine, block)
  const samples = new Samples<Timing>()
  const sides = [
    { name: 'alone', run: () => runAlone(engine, block) },
    { name: 'burst', run: () => runAtOnce(engine, block) },
    { name: 'paced', run: () => runPaced(engine, block, options.blockMs) },
  ]
  // The first round makes the engine warm.
  for (let round = 0; round <= options.repeat; round++) {
    collectGarbage()
    const timings = await runInTurn(sides, round)
    assert(timings.get('burst')!.root === timings.get('paced')!.root, 'both come to one root')
    if (round > 0) for (const [name, timing] of timings) samples.add(name, timing)
  }
  const of = (name: string, pick: (timing: Timing) => number) => median(samples.of(name).map(pick))
  return {
    name: block.name,
    workers: engine.workers,
    txs: block.transactions.length,
    executeMs: of('alone', ({ executeMs }) => executeMs),
    burstMs: of('burst', ({ executeMs }) => executeMs),
    burstWaitMs: of('burst', ({ waitMs }) => waitMs),
    pacedWaitMs: of('paced', ({ waitMs }) => waitMs),
  }
}

type Timing = Pick<FedTiming, 'executeMs' | 'waitMs' | 'root'>

async function runAlone(engine: Engine, block: GeneratedBlock): Promise<Timing> {
  const { executeMs } = await executeBlock(engine, block)
  await engine.abandonBlock()
  return { executeMs, waitMs: Number.NaN, root: NO_ROOT }
}

const COLUMNS: readonly Column<RootWaitRow>[] = [
  { name: 'block', width: 12, cell: ({ name }) => name },
  { name: 'workers', width: 7, cell: ({ workers }) => String(workers) },
  { name: 'txs', width: 6, cell: ({ txs }) => String(txs) },
  { name: 'execute ms', width: 10, cell: ({ executeMs }) => milliseconds(executeMs) },
  { name: 'at once ms', width: 10, cell: ({ burstMs }) => milliseconds(burstMs) },
  { name: 'wait ms', width: 8, cell: ({ burstWaitMs }) => milliseconds(burstWaitMs) },
  { name: 'paced wait', width: 10, cell: ({ pacedWaitMs }) => milliseconds(pacedWaitMs) },
]
