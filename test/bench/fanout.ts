/**
 * `bench fanout`: a leader under an even load, and more and more subscribers, with and without filters:
 * how long a shred takes to them, what they cost the leader's process, and what that does to its own
 * latency, from a transaction's arrival to its shred being logged and on its way.
 */

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ChainLeader } from '@shredcast/leader/node/chain-leader'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { Signer } from '../kit/signer.ts'
import type { CrowdFigures, CrowdOrder } from './fanout-crowd.ts'
import { collectGarbage } from './measure.ts'
import { jsonOption, listOf } from './options.ts'
import type { Column } from './report.ts'
import { milliseconds, Report } from './report.ts'

interface FanoutOptions {
  readonly workers: number
  readonly subscribers: readonly number[]
  readonly processes: number
  readonly rate: number
  readonly seconds: number
  readonly json?: boolean
}

export const fanoutCommand = createCommand('fanout', 'one leader and thousands of subscribers')
  .option('--workers <n>', 'worker threads', integerOption(1, WORKER_COUNT_MAX), 1)
  .option(
    '--subscribers <list>',
    'numbers of subscribers; none is measured as well',
    listOf(integerOption(1)),
    [1, 100, 1000, 5000],
  )
  .option('--processes <n>', 'that the subscribers are in', integerOption(1), 2)
  .option('--rate <n>', 'transactions a second', integerOption(1), 200)
  .option('--seconds <n>', 'of each measurement', integerOption(1), 10)
  .addOption(jsonOption())
  .action(async (options: FanoutOptions) => {
    await run(options)
  })

interface Figures {
  readonly subscribers: number
  readonly filtered: boolean
  readonly txs: number
  readonly deliveryMs: { readonly p50?: number; readonly p99?: number }
  /** From arrival at the pool to logged and sent. */
  readonly commitMs: { readonly p50?: number; readonly p99?: number }
  /** Of the leader's process, of one core. */
  readonly cpuPercent: number
  readonly kibPerSubscriber: number | undefined
  readonly framesSent: number
  readonly mibSent: number
  readonly lost: number
}

const MIB = 2 ** 20
const SENDERS = 16
const MAX_SUBSCRIBERS = 1_000_000

const COLUMNS: readonly Column<Figures>[] = [
  { name: 'subscribers', width: 11, cell: ({ subscribers }) => String(subscribers) },
  { name: 'filter', width: 6, cell: ({ filtered }) => (filtered ? 'yes' : 'no') },
  { name: 'txs', width: 6, cell: ({ txs }) => String(txs) },
  { name: 'delivery p50', width: 12, cell: ({ deliveryMs }) => milliseconds(deliveryMs.p50) },
  { name: 'p99', width: 8, cell: ({ deliveryMs }) => milliseconds(deliveryMs.p99) },
  { name: 'commit p50', width: 10, cell: ({ commitMs }) => milliseconds(commitMs.p50) },
  { name: 'p99', width: 8, cell: ({ commitMs }) => milliseconds(commitMs.p99) },
  { name: 'CPU %', width: 6, cell: ({ cpuPercent }) => cpuPercent.toFixed(0) },
  { name: 'KiB each', width: 8, cell: (row) => row.kibPerSubscriber?.toFixed(1) ?? '-' },
  { name: 'MiB sent', width: 9, cell: ({ mibSent }) => mibSent.toFixed(1) },
  { name: 'lost', width: 5, cell: ({ lost }) => String(lost) },
]

async function run(options: FanoutOptions): Promise<void> {
  const report = new Report(options, options.workers)
  const print = report.table('fanout', COLUMNS)
  print(await measure(options, 0, false))
  for (const subscribers of options.subscribers) {
    for (const filtered of [false, true]) print(await measure(options, subscribers, filtered))
  }
  report.note('delivery: from commit to receipt by any subscriber; commit: from arrival to sent')
}

async function measure(
  options: FanoutOptions,
  subscribers: number,
  filtered: boolean,
): Promise<Figures> {
  const signers = Array.from({ length: SENDERS }, (_, i) => new Signer(i + 1))
  const path = mkdtempSync(join(tmpdir(), 'bench-fanout-'))
  const leader = await ChainLeader.create({
    genesis: fundedGenesis(signers),
    store: { path },
    workers: options.workers,
    blockTimeMs: 1000,
    block: { beneficiary: new Uint8Array(20).fill(0xbe), gasLimit: 60_000_000n },
    host: '127.0.0.1',
    port: 0,
    maxSubscribers: MAX_SUBSCRIBERS,
  })
  const arrivals = new Map<Hex, number>()
  const commitsMs: number[] = []
  leader.observe((draft) => {
    if (draft.type !== 'shred') return
    commitsMs.push(
      performance.now() - arrivals.get(bytesToHex(transactionHash(draft.transaction)))!,
    )
  })
  const stop = new AbortController()
  const running = leader.run(stop.signal)
  collectGarbage()
  const emptyBytes = process.memoryUsage().rss
  const senders = filtered ? signers.map(({ address }) => bytesToHex(address)) : []
  const crowd = await startCrowd({ url: leader.publisher.url, subscribers, senders }, options)
  collectGarbage()
  const crowdBytes = process.memoryUsage().rss - emptyBytes
  const cpuBefore = process.cpuUsage()
  const startedMs = performance.now()
  const txs = await feed(leader, signers, options, arrivals)
  const elapsedMs = performance.now() - startedMs
  const cpu = process.cpuUsage(cpuBefore)
  const seen = await Promise.all(crowd.map(figuresOf))
  const { framesSent, bytesSent } = leader.publisher.stats()
  stop.abort()
  await running
  await leader.close()
  rmSync(path, { recursive: true, force: true })
  return {
    ...{ subscribers, filtered, txs, framesSent },
    deliveryMs: percentiles(seen.flatMap(({ delaysMs }) => delaysMs)),
    commitMs: percentiles(commitsMs),
    cpuPercent: (cpu.user + cpu.system) / 10 / elapsedMs,
    kibPerSubscriber: subscribers === 0 ? undefined : crowdBytes / 1024 / subscribers,
    mibSent: bytesSent / MIB,
    lost: seen.reduce((sum, { lost }) => sum + lost, 0),
  }
}

function fundedGenesis(signers: readonly Signer[]): Genesis {
  const genesis = devGenesis()
  const funded = signers.map(({ address }) => {
    return { address, balance: 10n ** 24n, nonce: 0n, code: new Uint8Array(0), storage: [] }
  })
  return { ...genesis, alloc: [...genesis.alloc, ...funded] }
}

/** Transfers in turn from each account, at an even rate; resolves when all are committed. */
async function feed(
  leader: ChainLeader,
  signers: readonly Signer[],
  { rate, seconds }: FanoutOptions,
  arrivals: Map<Hex, number>,
): Promise<number> {
  const { chainId } = devGenesis().config
  const total = rate * seconds
  const startedMs = performance.now()
  const adding: Promise<unknown>[] = []
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedMs) / 1000) * rate))
    for (; sent < due; sent++) {
      const transaction = signers[sent % SENDERS]!.sign({
        ...{ type: 2, chainId, nonce: BigInt(Math.floor(sent / SENDERS)), value: 1n },
        ...{ maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n },
        to: new Uint8Array(20).fill(0x77),
      })
      arrivals.set(bytesToHex(transactionHash(transaction)), performance.now())
      adding.push(leader.pool.add(transaction))
    }
    await sleep(1)
  }
  await Promise.all(adding)
  while (leader.pool.size > 0) await sleep(1)
  return total
}

/** The processes, when all subscribers are there. */
async function startCrowd(
  order: CrowdOrder,
  { processes }: FanoutOptions,
): Promise<ChildProcess[]> {
  const count = Math.min(processes, order.subscribers)
  const started = Array.from({ length: count }, async (_, index) => {
    const share = Math.floor((order.subscribers + index) / count)
    const child = fork(fileURLToPath(new URL('./fanout-crowd.js', import.meta.url)))
    child.send({ ...order, subscribers: share } satisfies CrowdOrder)
    await new Promise((resolve) => child.once('message', resolve))
    return child
  })
  return Promise.all(started)
}

/** Ends the process. */
function figuresOf(child: ChildProcess): Promise<CrowdFigures> {
  return new Promise((resolve) => {
    child.once('message', (figures) => resolve(figures as CrowdFigures))
    child.send('stop')
  })
}

function percentiles(values: number[]): { readonly p50?: number; readonly p99?: number } {
  if (values.length === 0) return {}
  const sorted = values.sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)]!
  return { p50: at(0.5), p99: at(0.99) }
}
