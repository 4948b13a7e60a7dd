/** The leader's command on a chain that starts from a genesis: the development chain or a file's. */

import { setTimeout } from 'node:timers/promises'
import type { Log } from '@shredcast/protocol/cli/command'
import { errorLine } from '@shredcast/protocol/cli/command'
import {
  retentionOf,
  stateCacheBytes,
  storeOptions,
  takeDatadir,
} from '@shredcast/protocol/cli/datadir'
import { rpcAccessOf } from '@shredcast/protocol/cli/rpc-options'
import type { ChainRpc } from '@shredcast/protocol/node-rpc/chain-rpc'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { demoTraffic } from '../demo/demo-traffic.ts'
import { createDevBackend, devBanner } from '../dev/dev-node.ts'
import { PoolError } from '../mempool/pool-error.ts'
import { ChainLeader } from '../node/chain-leader.ts'
import { LeaderWatch } from '../ops/leader-watch.ts'
import { createLeaderRpc } from '../rpc/leader-rpc.ts'
import { readGenesis } from './genesis-file.ts'
import type { LeaderOptions, Print } from './leader-options.ts'
import { poolOptions, printOf, printReady, publisherOptions } from './leader-options.ts'
import { logStart, watchOptions } from './log-start.ts'

/** Demo transactions are handed in this often, so that each waits no longer than that. */
const DEMO_INTERVAL_MS = 20
const DEMO_SEED = 1

/** Runs until the signal fires. */
export async function runChain(
  options: LeaderOptions,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const genesis = options.genesis === undefined ? devGenesis() : await readGenesis(options.genesis)
  const datadir = takeDatadir(options.datadir, 'leader')
  try {
    await runIn(datadir.path, genesis, { options, log, signal })
  } finally {
    datadir.release()
  }
}

interface Run {
  readonly options: LeaderOptions
  readonly log: Log
  readonly signal: AbortSignal
}

async function runIn(path: string, genesis: Genesis, { options, log, signal }: Run): Promise<void> {
  const print = printOf(options)
  const leader = await ChainLeader.create({
    ...publisherOptions(options, log),
    genesis,
    store: storeOptions(path, options),
    retention: retentionOf(options, options.genesis === undefined),
    workers: options.workers,
    engine: options.engine,
    stateCacheBytes: stateCacheBytes(options),
    blockTimeMs: options.blockTime,
    pool: poolOptions(options),
    block: { beneficiary: options.beneficiary, gasLimit: BigInt(options.gasLimit) },
    onLogUnreadable: (error) => log('error', `a subscriber was cut: ${errorLine(error)}`),
    onRejected: ({ transaction, reason }) => {
      log('warn', `rejected ${bytesToHex(transactionHash(transaction))}: ${reason}`)
    },
    onSealed: ({ header, hash, txs }) => {
      const number = Number(header.number)
      print(
        { type: 'sealed', number, hash: bytesToHex(hash), txs, gasUsed: Number(header.gasUsed) },
        `block ${number} sealed: ${txs} transactions, ${header.gasUsed} gas`,
      )
    },
  })
  const ending = new AbortController()
  const watch = new LeaderWatch(leader, {
    ...watchOptions(options),
    log,
    signal,
  })
  let rpc: ChainRpc | undefined
  try {
    rpc = await serveRpc(leader, genesis, { options, log, watch })
    await watch.start(rpc)
    const { chainId } = genesis.config
    const block = leader.chain.state.head.number
    if (options.genesis === undefined && !options.json) process.stdout.write(`${devBanner()}\n`)
    const urls = { rpc: rpc?.url, metrics: watch.url }
    logStart(log, options, { chainId, block, path, stream: leader.publisher.url, ...urls })
    printReady(print, leader.publisher, { chainId, block, ...urls })
    const stop = AbortSignal.any([signal, ending.signal])
    await Promise.all([
      leader.run(signal),
      feedDemo(leader, options.demo, { print, log, signal: stop }),
    ])
  } catch (error) {
    ending.abort()
    await rpc?.close()
    await watch.close()
    // Why it stopped is told, not that it cannot be closed in order either.
    await leader.close().catch(() => {})
    throw error
  }
  if (leader.pool.size > 0) {
    log('info', 'transactions in the pool are lost', { count: leader.pool.size })
  }
  await rpc?.close()
  await watch.close()
  await leader.close()
}

/** A page of any origin may call the development chain: nothing on it is worth anything. */
async function serveRpc(
  leader: ChainLeader,
  genesis: Genesis,
  { options, log, watch }: { options: LeaderOptions; log: Log; watch: LeaderWatch },
): Promise<ChainRpc | undefined> {
  const { host, httpPort, httpHosts, httpCors } = options
  if (!options.http) return undefined
  const isDev = options.genesis === undefined
  return createLeaderRpc(leader, {
    config: genesis.config,
    host,
    port: httpPort,
    ...(isDev && { dev: createDevBackend(leader) }),
    guard: { hosts: httpHosts, origins: isDev && httpCors.length === 0 ? ['*'] : httpCors },
    access: rpcAccessOf(options),
    onAnswered: watch.onAnswered,
    onInternalError: (method, error) => log('error', `${method} failed: ${errorLine(error)}`),
  })
}

/** Submits demo transactions at an even rate until the signal fires. */
async function feedDemo(
  leader: ChainLeader,
  perSecond: number | undefined,
  { print, log, signal }: { print: Print; log: Log; signal: AbortSignal },
): Promise<void> {
  if (perSecond === undefined) return
  const { latest } = leader.chain.state
  const traffic = demoTraffic(DEMO_SEED, (address) => {
    return Number(latest.account(hexToBytes(address))?.nonce ?? 0n)
  })
  const startedMs = performance.now()
  let { value } = await traffic.next()
  let { phase } = value
  for (let sent = 0; !signal.aborted; ) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond)
    while (sent < due && !signal.aborted) {
      // A wallet's first transactions need what the phase before them brings.
      if (value.phase !== phase && leader.pool.size > 0) break
      phase = value.phase
      const hash = bytesToHex(transactionHash(value.raw))
      print({ type: 'submitted', hash, label: value.label }, `submitted ${hash}: ${value.label}`)
      await leader.pool.add(value.raw).catch((error: unknown) => {
        // After a restart the demo begins behind the newest sealed block, the chain further on.
        if (!(error instanceof PoolError)) throw error
        log('warn', `rejected ${hash}: ${error.shortMessage}`)
      })
      sent++
      value = (await traffic.next()).value
    }
    await setTimeout(DEMO_INTERVAL_MS, undefined, { signal }).catch(() => {})
  }
}
