/**
 * `bench catchup`: followers that start from nothing while a leader works. The leader first makes a
 * chain as fast as it takes transactions over JSON-RPC, which is its rate; then it goes on at an even
 * pace, and followers of each mode, one after the other, come from nothing to its head and stay there.
 * Leader, followers and load are processes of their own.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startUntilReady } from '@shredcast/leader/cli/child-command'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import type { MixName, SignedTransaction } from '../live/live-mixes.ts'
import { MIX_NAMES, signLoad } from '../live/live-mixes.ts'
import type { LoadShape } from '../live/load-plan.ts'
import { sendLoad } from '../live/send-load.ts'
import { Samples } from '../measure.ts'
import { choiceOf, jsonOption, listOf } from '../options.ts'
import type { Column } from '../report.ts'
import { mgasPerSecond, milliseconds, Report, rate, ratio } from '../report.ts'
import type { Chase, ExecuteMode } from './chase.ts'
import { chase, EXECUTE_MODES } from './chase.ts'
import { SealedBlocks } from './sealed-blocks.ts'

interface CatchupOptions {
  readonly modes: readonly ExecuteMode[]
  readonly mix: MixName
  readonly txs: number
  readonly rate: number
  readonly seconds: number
  readonly workers: number
  readonly repeat: number
  readonly json?: boolean
}

interface CatchupRow extends Omit<Chase, 'caughtUp'> {
  readonly mode: ExecuteMode
  readonly isKept: boolean
  readonly txs: number
  readonly txsPerSecond: number
  readonly mgasPerSecond: number
  /** Of transactions, to the leader's. */
  readonly ratio: number
}

interface Leader {
  readonly stream: string
  readonly rpc: string
  readonly sealed: SealedBlocks
  readonly stop: () => Promise<void>
}

const SET_UP: LoadShape = { kind: 'flood', lanes: 1, batch: 200 }
const FLOOD: LoadShape = { kind: 'flood', lanes: 4, batch: 100 }

export const catchupCommand = createCommand('catchup', 'followers from nothing to a busy head')
  .option('--modes <list>', 'of followers', listOf(modeFrom), [...EXECUTE_MODES])
  .option('--mix <name>', 'what is sent', mixFrom, 'erc20')
  .option('--txs <n>', 'transactions that the leader makes at full speed', integerOption(1), 20_000)
  .option('--rate <per second>', 'of the leader meanwhile', integerOption(1), 200)
  .option('--seconds <n>', 'of this, for each follower', integerOption(1), 10)
  .option(
    '--workers <n>',
    'of each process',
    integerOption(1, WORKER_COUNT_MAX),
    availableParallelism(),
  )
  .option('--repeat <k>', 'rounds; medians are printed', integerOption(1), 3)
  .addOption(jsonOption())
  .action(async (options: CatchupOptions) => {
    await run(options)
  })

function modeFrom(text: string): ExecuteMode {
  return choiceOf(EXECUTE_MODES)(text)[0] as ExecuteMode
}

function mixFrom(text: string): MixName {
  return choiceOf(MIX_NAMES)(text)[0] as MixName
}

async function run(options: CatchupOptions): Promise<void> {
  const report = new Report(options, options.workers)
  const kinds = options.modes.flatMap((mode) => [false, true].map((isKept) => ({ mode, isKept })))
  const paced = options.rate * options.seconds
  const chases = options.repeat * kinds.length
  const { setUp, transactions } = signLoad(options.mix, options.txs + chases * paced)
  const folder = mkdtempSync(join(tmpdir(), 'bench-catchup-leader-'))
  const samples = new Samples<Chase>()
  let own: { readonly txsPerSecond: number; readonly mgasPerSecond: number } | undefined
  try {
    const leader = await startLeader(folder, options.workers)
    try {
      own = await leaderRate(leader, setUp, transactions.slice(0, options.txs))
      await report.withProgress('bench catchup', chases, async (advance) => {
        for (let turn = 0; turn < chases; turn++) {
          const { mode, isKept } = kinds[(turn + Math.floor(turn / kinds.length)) % kinds.length]!
          const from = options.txs + turn * paced
          const load = sendLoad({
            url: leader.rpc,
            transactions: transactions.slice(from, from + paced),
            shape: { kind: 'paced', perSecond: options.rate },
          })
          const order = { ...options, url: leader.stream, sealed: leader.sealed }
          samples.add(nameOf(mode, isKept), await chase({ ...order, execute: mode, isKept }, load))
          advance()
        }
      })
    } finally {
      await leader.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const leaderText = `${own.txsPerSecond.toFixed(0)} transactions, ${rate(own.mgasPerSecond)} Mgas`
  report.line(
    { type: 'leader', mix: options.mix, ...own },
    `leader at full speed: ${leaderText} a second; then ${options.rate} transactions a second`,
  )
  const print = report.table('catchup', COLUMNS)
  for (const { mode, isKept } of kinds) {
    const of = samples.of(nameOf(mode, isKept))
    print(rowOf(mode, isKept, of, own.txsPerSecond))
  }
}

const nameOf = (mode: ExecuteMode, isKept: boolean) => `${mode} ${isKept}`

async function startLeader(folder: string, workers: number): Promise<Leader> {
  const sealed = new SealedBlocks()
  const args = ['--dev', '--datadir', folder, '--workers', String(workers)]
  const ports = ['--stream-port', '0', '--http-port', '0']
  const { command, ready } = await startUntilReady('leader', [...args, ...ports], (line) => {
    if (line.type !== 'sealed') return
    const { number, txs, gasUsed } = line as unknown as Record<string, number>
    sealed.add(number!, { txs: txs!, gasUsed: gasUsed! })
  })
  const { stream, rpc } = ready as unknown as { stream: string; rpc: string }
  return { stream, rpc, sealed, stop: () => command.stop() }
}

/** What clients see: from the first request to the last receipt. */
async function leaderRate(
  { rpc: url }: Leader,
  setUp: readonly SignedTransaction[],
  transactions: readonly SignedTransaction[],
) {
  await sendLoad({ url, transactions: setUp, shape: SET_UP })
  const { totalMs, gasUsed, lost } = await sendLoad({ url, transactions, shape: FLOOD })
  assert(lost === 0, 'the leader has executed all that it was sent')
  return {
    txsPerSecond: (transactions.length / totalMs) * 1000,
    mgasPerSecond: mgasPerSecond(gasUsed, totalMs),
  }
}

function rowOf(
  mode: ExecuteMode,
  isKept: boolean,
  chases: readonly Chase[],
  leaderTxsPerSecond: number,
): CatchupRow {
  const of = (pick: (chase: Chase) => number) => median(chases.map(pick))
  const most = (pick: (chase: Chase) => number | undefined) => {
    const known = chases.map(pick).filter((value) => value !== undefined)
    return known.length === 0 ? undefined : Math.max(...known)
  }
  const txsPerSecond = of(({ caughtUp, catchUpMs }) => (caughtUp.txs / catchUpMs) * 1000)
  return {
    mode,
    isKept,
    txs: of(({ caughtUp }) => caughtUp.txs),
    catchUpMs: of(({ catchUpMs }) => catchUpMs),
    txsPerSecond,
    mgasPerSecond: of(({ caughtUp, catchUpMs }) => mgasPerSecond(caughtUp.gasUsed, catchUpMs)),
    ratio: txsPerSecond / leaderTxsPerSecond,
    applied: of(({ applied }) => applied),
    executed: of(({ executed }) => executed),
    maxBehind: most(({ maxBehind }) => maxBehind),
    maxLagMs: most(({ maxLagMs }) => maxLagMs),
  }
}

const COLUMNS: readonly Column<CatchupRow>[] = [
  { name: 'mode', width: 6, cell: ({ mode }) => mode },
  { name: 'folder', width: 6, cell: ({ isKept }) => (isKept ? 'yes' : 'no') },
  { name: 'txs', width: 7, cell: ({ txs }) => String(txs) },
  { name: 'ms', width: 8, cell: ({ catchUpMs }) => milliseconds(catchUpMs) },
  { name: 'tx/s', width: 7, cell: ({ txsPerSecond }) => txsPerSecond.toFixed(0) },
  { name: 'Mgas/s', width: 7, cell: (row) => rate(row.mgasPerSecond) },
  { name: 'to leader', width: 9, cell: (row) => ratio(row.ratio) },
  { name: 'applied', width: 7, cell: ({ applied }) => String(applied) },
  { name: 'executed', width: 8, cell: ({ executed }) => String(executed) },
  { name: 'behind', width: 7, cell: ({ maxBehind }) => String(maxBehind ?? '-') },
  { name: 'lag ms', width: 8, cell: ({ maxLagMs }) => milliseconds(maxLagMs) },
]
