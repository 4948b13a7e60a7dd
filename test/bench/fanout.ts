/**
 * `bench fanout`: a leader under an even load, and more and more subscribers, with and without filters,
 * served by itself or by a relay that reads from it or from NATS: how long a shred takes to them, what
 * they cost the process that serves them, and what that does to the leader's own latency, from a
 * transaction's arrival to its shred being logged and on its way.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ChainLeader } from '@shredcast/leader/node/chain-leader'
import { createCommand, integerOption, wrongUsage } from '@shredcast/protocol/cli/command'
import { openFilesLimit } from '@shredcast/protocol/cli/max-subscribers-option'
import { DEV_ADDRESSES, DEV_SECRET_KEYS, devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { startNatsServer } from '../kit/nats-server.ts'
import { Signer } from '../kit/signer.ts'
import { endCrowd, startCrowd } from './fanout-crowds.ts'
import type { FanoutPath, ServingProcess } from './fanout-server.ts'
import { FANOUT_PATHS, leaderItself, startRelay } from './fanout-server.ts'
import { jsonOption, listOf, wordOf } from './options.ts'
import type { Column } from './report.ts'
import { milliseconds, Report } from './report.ts'

interface FanoutOptions {
  readonly workers: number
  readonly paths: readonly FanoutPath[]
  readonly subscribers: readonly number[]
  readonly filters: readonly ('no' | 'yes')[]
  readonly processes: number
  readonly rate: number
  readonly seconds: number
  readonly json?: boolean
}

export const fanoutCommand = createCommand('fanout', 'one leader and thousands of subscribers')
  .option('--workers <n>', 'worker threads', integerOption(1, WORKER_COUNT_MAX), 1)
  .option(
    '--paths <list>',
    'who serves them: direct, the leader; relay, a follower of it; nats, one that reads from NATS',
    listOf(wordOf(FANOUT_PATHS)),
    [...FANOUT_PATHS],
  )
  .option(
    '--subscribers <list>',
    'numbers of subscribers; none is measured as well',
    listOf(integerOption(1, 100_000)),
    [1, 100, 1000, 5000],
  )
  .option(
    '--filters <list>',
    'yes: each wants the shreds of one of ten senders; no: everything',
    listOf(wordOf(['no', 'yes'])),
    ['no', 'yes'],
  )
  .option('--processes <n>', 'that the subscribers are in', integerOption(1), 2)
  .option('--rate <n>', 'transactions a second', integerOption(1), 100)
  .option('--seconds <n>', 'of each measurement', integerOption(1), 10)
  .addOption(jsonOption())
  .action(async (options: FanoutOptions) => {
    checkOpenFiles(options)
    await run(options)
  })

interface Latency {
  readonly p50?: number
  readonly p99?: number
}

interface Figures {
  readonly path: FanoutPath
  readonly subscribers: number
  readonly filtered: boolean
  readonly txs: number
  readonly deliveryMs: Latency
  /** To the subscribers that verify, one in each process of the crowd. */
  readonly verifiedDeliveryMs: Latency
  /** From arrival at the leader's pool to logged and sent. */
  readonly commitMs: Latency
  /** Of the serving process, of one core. */
  readonly cpuPercent: number
  /** What each of a hundred or more adds to the process without any: microseconds a second. */
  readonly cpuUsEach: number | undefined
  readonly kibEach: number | undefined
  /** Received by the crowd. */
  readonly frames: number
  readonly lost: number
}

const SERVER_OTHER_FILES = 200

const COLUMNS: readonly Column<Figures>[] = [
  { name: 'path', width: 7, cell: ({ path }) => path },
  { name: 'subscribers', width: 11, cell: ({ subscribers }) => String(subscribers) },
  { name: 'filter', width: 6, cell: ({ filtered }) => (filtered ? 'yes' : 'no') },
  { name: 'delivery p50', width: 12, cell: ({ deliveryMs }) => milliseconds(deliveryMs.p50) },
  { name: 'p99', width: 8, cell: ({ deliveryMs }) => milliseconds(deliveryMs.p99) },
  { name: 'commit p50', width: 10, cell: ({ commitMs }) => milliseconds(commitMs.p50) },
  { name: 'p99', width: 8, cell: ({ commitMs }) => milliseconds(commitMs.p99) },
  { name: 'CPU %', width: 6, cell: ({ cpuPercent }) => cpuPercent.toFixed(0) },
  { name: 'us/s each', width: 9, cell: ({ cpuUsEach }) => cpuUsEach?.toFixed(0) ?? '-' },
  { name: 'KiB each', width: 8, cell: ({ kibEach }) => kibEach?.toFixed(1) ?? '-' },
  { name: 'lost', width: 5, cell: ({ lost }) => String(lost) },
]

async function run(options: FanoutOptions): Promise<void> {
  const { paths, subscribers, filters } = options
  const report = new Report(options, options.workers)
  const print = report.table('fanout', COLUMNS)
  const total = paths.length * (1 + subscribers.length * filters.length)
  await report.withProgress('fanout', total, async (advance) => {
    for (const path of paths) {
      const none = await measure({ ...options, path, count: 0, filtered: false }, 0)
      print(none)
      advance()
      for (const count of subscribers) {
        for (const filter of filters) {
          const filtered = filter === 'yes'
          print(await measure({ ...options, path, count, filtered }, none.cpuPercent))
          advance()
        }
      }
    }
  })
  report.note('delivery: from commit to receipt by any subscriber; commit: from arrival to sent')
  report.note('CPU and memory: of the process that serves the subscribers')
}

/** Server and crowd have each connection open. */
function checkOpenFiles({ subscribers }: FanoutOptions): void {
  const needed = Math.max(...subscribers) + SERVER_OTHER_FILES
  const limit = openFilesLimit()
  if (needed <= limit) return
  wrongUsage(
    fanoutCommand,
    `${needed} files must be open at a time, and a process may have ${limit}: raise the limit ` +
      '(ulimit -n), or take fewer --subscribers',
  )
}

interface Measurement extends FanoutOptions {
  readonly path: FanoutPath
  readonly count: number
  readonly filtered: boolean
}

async function measure(options: Measurement, noneCpuPercent: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-fanout-'))
  const nats = options.path === 'nats' ? await startNatsServer() : undefined
  const stream = nats && `${nats.url}/fanout`
  const leader = await ChainLeader.create({
    genesis: devGenesis(),
    store: { path: folder },
    workers: options.workers,
    blockTimeMs: 1000,
    block: { beneficiary: new Uint8Array(20).fill(0xbe), gasLimit: 60_000_000n },
    host: '127.0.0.1',
    port: 0,
    maxSubscribers: options.count + 1,
    ...(stream !== undefined && { nats: { url: stream } }),
  })
  const stop = new AbortController()
  const load = new EvenLoad(leader, options)
  const running = leader.run(stop.signal)
  const server = await serverOf(leader, stream, options)
  try {
    return await measureCrowd(server, load, options, noneCpuPercent)
  } finally {
    await server.close()
    stop.abort()
    await running
    await leader.close()
    await nats?.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

function serverOf(
  leader: ChainLeader,
  stream: string | undefined,
  { path, count }: Measurement,
): ServingProcess | Promise<ServingProcess> {
  if (path === 'direct') return leaderItself(leader)
  const from = stream === undefined ? ['--leader', leader.publisher.url] : ['--source', stream]
  return startRelay(from, count + 1)
}

async function measureCrowd(
  server: ServingProcess,
  load: EvenLoad,
  options: Measurement,
  noneCpuPercent: number,
): Promise<Figures> {
  const { path, count, filtered, processes } = options
  // A relay listens when it has seen the leader's stream, and everybody begins with what comes next.
  await load.feed(WARMUP_TXS)
  const emptyBytes = server.residentBytes()
  const senders = filtered ? DEV_ADDRESSES : []
  const crowd = await startCrowd({ url: server.url, subscribers: count, senders }, processes)
  const crowdBytes = server.residentBytes() - emptyBytes
  const cpuBeforeMs = server.cpuMs()
  const startedMs = performance.now()
  const commitsMs = await load.feed(options.rate * options.seconds)
  const elapsedMs = performance.now() - startedMs
  const cpuPercent = (100 * (server.cpuMs() - cpuBeforeMs)) / elapsedMs
  await sleep(SETTLE_MS)
  const seen = await endCrowd(crowd)
  const isCrowd = count >= CROWD_MIN
  const sum = (pick: (one: (typeof seen)[number]) => number) =>
    seen.reduce((total, one) => total + pick(one), 0)
  return {
    ...{ path, subscribers: count, filtered, txs: commitsMs.length, cpuPercent },
    deliveryMs: percentiles(seen.flatMap((one) => [...one.delaysMs, ...one.verifiedDelaysMs])),
    verifiedDeliveryMs: percentiles(seen.flatMap(({ verifiedDelaysMs }) => verifiedDelaysMs)),
    commitMs: percentiles(commitsMs),
    cpuUsEach: isCrowd ? ((cpuPercent - noneCpuPercent) / count) * US_PER_PERCENT : undefined,
    kibEach: isCrowd ? crowdBytes / 1024 / count : undefined,
    frames: sum(({ frames }) => frames),
    lost: sum(({ lost }) => lost),
  }
}

/** Of a core's second. */
const US_PER_PERCENT = 10_000
/** What fewer add is lost in what the process does anyway. */
const CROWD_MIN = 100
const WARMUP_TXS = 20
/** For what is still on its way. */
const SETTLE_MS = 1000

/** Transfers of the development accounts in turn, at an even rate. */
class EvenLoad {
  readonly #leader: ChainLeader
  readonly #signers = DEV_SECRET_KEYS.map((key) => new Signer(hexToBytes(key)))
  readonly #rate: number
  readonly #arrivals = new Map<Hex, number>()
  #commitsMs: number[] = []
  #sent = 0

  /** Before the leader runs. */
  constructor(leader: ChainLeader, { rate }: FanoutOptions) {
    this.#leader = leader
    this.#rate = rate
    leader.observe((draft) => {
      if (draft.type !== 'shred') return
      const arrivedMs = this.#arrivals.get(bytesToHex(transactionHash(draft.transaction)))!
      this.#commitsMs.push(performance.now() - arrivedMs)
    })
  }

  /** Resolves when `total` more are committed, with the time that each took. */
  async feed(total: number): Promise<number[]> {
    this.#commitsMs = []
    const transactions = Array.from({ length: total }, () => this.#next())
    const hashes = transactions.map((transaction) => bytesToHex(transactionHash(transaction)))
    const startedMs = performance.now()
    const adding: Promise<unknown>[] = []
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.ceil(((performance.now() - startedMs) / 1000) * this.#rate))
      for (; sent < due; sent++) {
        this.#arrivals.set(hashes[sent]!, performance.now())
        adding.push(this.#leader.pool.add(transactions[sent]!))
      }
      await sleep(1)
    }
    await Promise.all(adding)
    while (this.#commitsMs.length < total) await sleep(1)
    return this.#commitsMs
  }

  #next(): Uint8Array {
    const { chainId } = devGenesis().config
    const index = this.#sent++
    return this.#signers[index % this.#signers.length]!.sign({
      ...{ type: 2, chainId, nonce: BigInt(Math.floor(index / this.#signers.length)), value: 1n },
      ...{ maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n },
      to: new Uint8Array(20).fill(0x77),
    })
  }
}

function percentiles(values: readonly number[]): Latency {
  if (values.length === 0) return {}
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)]!
  return { p50: at(0.5), p99: at(0.99) }
}
