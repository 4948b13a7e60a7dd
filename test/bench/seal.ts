/**
 * `bench seal`: what the leader's main thread does when a block ends. Transfers to new accounts fill a
 * block; from its last commit until the store has it, how long does no other callback get its turn?
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { ChainLeader } from '@shredcast/leader/node/chain-leader'
import type { SealedBlock } from '@shredcast/leader/node/leader-figures'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { median } from '@shredcast/shared/primitives/statistics'
import type { SignedTransaction } from './live/live-mixes.ts'
import { signLoad } from './live/live-mixes.ts'
import type { Column } from './report.ts'
import { milliseconds, Report } from './report.ts'

const NANOSECONDS_PER_MS = 1e6
const SETTLE_MS = 20

interface SealBenchOptions {
  readonly workers: number
  readonly transactions: number
  readonly blocks: number
  readonly warmup: number
  readonly json?: boolean
}

export const sealCommand = createCommand(
  'seal',
  "pauses of the leader's main thread at a block's end",
)
  .option('--workers <n>', 'worker threads', integerOption(1, WORKER_COUNT_MAX), 2)
  .option(
    '--transactions <n>',
    'transfers to new accounts in a block',
    integerOption(1, 2000),
    1000,
  )
  .option('--blocks <k>', 'measured blocks', integerOption(1), 20)
  .option('--warmup <k>', 'blocks before them', integerOption(0), 10)
  .option('--json', 'print one JSON object a line on stdout')
  .action(run)

interface SealFigures {
  readonly number: number
  readonly txs: number
  /** The longest time in which nothing else ran on the main thread. */
  readonly pauseMs: number
  /** From the last commit: to the root, to the sent seal, to the stored block. */
  readonly rootMs: number
  readonly logMs: number
  readonly storeMs: number
}

const COLUMNS: readonly Column<SealFigures>[] = [
  { name: 'block', width: 6, cell: ({ number }) => String(number) },
  { name: 'txs', width: 6, cell: ({ txs }) => String(txs) },
  { name: 'pause ms', width: 9, cell: ({ pauseMs }) => milliseconds(pauseMs) },
  { name: 'root ms', width: 8, cell: ({ rootMs }) => milliseconds(rootMs) },
  { name: 'log ms', width: 8, cell: ({ logMs }) => milliseconds(logMs) },
  { name: 'store ms', width: 9, cell: ({ storeMs }) => milliseconds(storeMs) },
]

async function run(options: SealBenchOptions): Promise<void> {
  const report = new Report(options, options.workers)
  const path = mkdtempSync(join(tmpdir(), 'shredcast-seal-'))
  try {
    const rows = await measure(path, options, report.table('block', COLUMNS))
    const middle = (pick: (row: SealFigures) => number) => median(rows.map(pick))
    const pauseMs = middle((row) => row.pauseMs)
    const longestMs = Math.max(...rows.map((row) => row.pauseMs))
    report.line(
      { type: 'summary', blocks: rows.length, pauseMs, longestMs },
      `longest pause of a block: ${milliseconds(pauseMs)} ms in the middle, at most ${milliseconds(longestMs)}`,
    )
  } finally {
    rmSync(path, { recursive: true })
  }
}

async function measure(
  path: string,
  { workers, transactions: count, blocks, warmup }: SealBenchOptions,
  print: (row: SealFigures) => void,
): Promise<SealFigures[]> {
  const load = signLoad('raw', count * (blocks + warmup))
  const leader = await ChainLeader.create({
    genesis: devGenesis(),
    store: { path },
    workers,
    // The blocks are sealed when their transactions are there.
    blockTimeMs: 0,
    block: { beneficiary: new Uint8Array(20).fill(0xbe), gasLimit: 60_000_000n },
    host: '127.0.0.1',
    port: 0,
  })
  const events = new LeaderEvents(leader)
  const stop = new AbortController()
  const running = leader.run(stop.signal)
  const rows: SealFigures[] = []
  try {
    await events.sealWith(load.setUp)
    for (let i = 0; i < blocks + warmup; i++) {
      const row = await events.sealWith(load.transactions.slice(i * count, (i + 1) * count))
      if (i < warmup) continue
      rows.push(row)
      print(row)
    }
  } finally {
    stop.abort()
    await running
    await leader.close()
  }
  return rows
}

/** One block after the other: its transactions, then its seal while the main thread is watched. */
class LeaderEvents {
  readonly #leader: ChainLeader
  #awaitedShreds = 0
  #committed = () => {}
  #sealed: (block: SealedBlock) => void = () => {}

  /** Of a leader that does not run yet. */
  constructor(leader: ChainLeader) {
    this.#leader = leader
    leader.observe(({ type }) => {
      if (type === 'shred' && --this.#awaitedShreds === 0) this.#committed()
    })
    leader.onSealed((block) => this.#sealed(block))
  }

  async sealWith(transactions: readonly SignedTransaction[]): Promise<SealFigures> {
    const committed = new Promise<void>((resolve) => {
      this.#committed = resolve
    })
    this.#awaitedShreds = transactions.length
    await Promise.all(transactions.map(({ raw }) => this.#leader.pool.add(hexToBytes(raw))))
    await committed
    const sealed = new Promise<SealedBlock>((resolve) => {
      this.#sealed = resolve
    })
    const turns = monitorEventLoopDelay({ resolution: 1 })
    turns.enable()
    // It measures from its second turn on.
    await setTimeout(SETTLE_MS)
    await this.#leader.betweenBlocks(() => {}, { seals: true })
    const block = await sealed
    // The callback that comes late is counted too.
    await setTimeout(SETTLE_MS)
    turns.disable()
    return figuresOf(block, turns.max / NANOSECONDS_PER_MS)
  }
}

function figuresOf({ header, txs, tookMs }: SealedBlock, pauseMs: number): SealFigures {
  const { root, log, store } = tookMs
  const number = Number(header.number)
  return { number, txs, pauseMs, rootMs: root, logMs: log, storeMs: store }
}
