/** What is measured of a leader: listens to what it tells, and reads the rest when somebody asks. */

import { NATS_LEVELS } from '@shredcast/protocol/nats/nats-publisher'
import type { Metrics } from '@shredcast/protocol/ops/metrics'
import { numbersOf } from '@shredcast/protocol/ops/metrics'
import type { StateCacheStats } from '@shredcast/shared/engine/state-cache'
import { PoolError } from '../mempool/pool-error.ts'
import type { ChainLeader } from '../node/chain-leader.ts'
import type { SealedBlock } from '../node/leader-figures.ts'
import type { Publisher } from '../publisher/publisher.ts'

/** What a block's stats have that is no count of something that happened. */
const STATE_OF_BLOCK = new Set([
  ...[
    'speculationWindow',
    'awakeWorkers',
    'eventLoopDelayMs',
    'processMiB',
    'edges',
    'criticalPath',
  ],
  ...['blockArenaFill', 'stateArenaFill'],
])
const STREAM_LEVELS = new Set(['subscribers', 'snapshotReaders'])
const CACHE_LEVELS = new Set(['bytes', 'bytesMax', 'pauseMs'] satisfies (keyof StateCacheStats)[])

export function measureLeader(metrics: Metrics, leader: ChainLeader): void {
  measureTransactions(metrics, leader)
  measureBlocks(metrics, leader)
  measurePool(metrics, leader)
  const { publisher } = leader
  measureStream(metrics, publisher)
  metrics.mirror('nats', 'Publishing to NATS', () => ({ ...publisher.natsStats() }), NATS_LEVELS)
  metrics.gauge('stream_seq', 'The newest message sent', () => leader.stats().lastSeq)
  metrics.gauge('store_bytes', "Size of the store's files", () => leader.stats().storeBytes)
  metrics.gauge('log_oldest_seq', 'The oldest message that is kept', () => leader.stats().oldestSeq)
  const { tables } = leader.chain
  metrics.gauge('history_start_block', 'The oldest block whose state can be read', () => {
    return Number(tables.snapshot(() => tables.meta.historyStart) ?? 0n)
  })
  const cache = () => ({ ...leader.stats().stateCache })
  metrics.mirror('state_cache', 'Cached state', cache, CACHE_LEVELS)
}

export function measureStream(metrics: Metrics, publisher: Publisher): void {
  metrics.mirror('stream', "The stream's server", () => ({ ...publisher.stats() }), STREAM_LEVELS)
}

function measureTransactions(metrics: Metrics, leader: ChainLeader): void {
  const commit = metrics.latency('commit', 'From the arrival of a transaction to its commit')
  leader.pool.commits.add(({ addedAtMs }) => commit.observe((performance.now() - addedAtMs) / 1000))
  const publish = metrics.latency('publish', 'From a commit until the sockets have its frame')
  leader.observe((message) => {
    if (message.type !== 'shred' || message.committedAtUs === undefined) return
    const nowMs = performance.timeOrigin + performance.now()
    publish.observe((nowMs - message.committedAtUs / 1000) / 1000)
  })
}

function measureBlocks(metrics: Metrics, leader: ChainLeader): void {
  const blocks = metrics.counter('blocks_total', 'Sealed blocks')
  const transactions = metrics.counter('transactions_total', 'Transactions of sealed blocks')
  const gas = metrics.counter('gas_total', 'Gas used by sealed blocks')
  const seal = metrics.latency('seal', 'Of a seal, from the last commit on', ['part'])
  const events = metrics.counter('engine_events_total', 'What the engine did for sealed blocks', [
    'event',
  ])
  let last: SealedBlock | undefined
  leader.onSealed((sealed) => {
    last = sealed
    blocks.inc()
    transactions.inc(sealed.txs)
    gas.inc(Number(sealed.header.gasUsed))
    for (const [part, ms] of Object.entries(sealed.tookMs)) seal.observe({ part }, ms / 1000)
    for (const [event, count] of Object.entries(numbersOf({ ...sealed.stats }))) {
      if (!STATE_OF_BLOCK.has(event)) events.inc({ event }, count)
    }
  })
  const { chain } = leader
  metrics.gauge('head_block', 'The newest sealed block', () => Number(chain.head.header.number))
  metrics.gauge(
    'speculation_window',
    'Steps that may run ahead of the commits; 0: no limit',
    () => {
      return last?.stats.speculationWindow
    },
  )
  metrics.gauge('awake_workers', 'Workers that may be awake; 0: all', () => {
    return last?.stats.awakeWorkers
  })
  metrics.gauges('arena_fill', 'Of the last sealed block, 0 to 1', 'arena', () => {
    return last === undefined
      ? {}
      : { block: last.stats.blockArenaFill, state: last.stats.stateArenaFill }
  })
}

function measurePool(metrics: Metrics, { pool }: ChainLeader): void {
  metrics.gauges('pool_transactions', 'Transactions in the pool', 'state', () => ({
    engine: pool.takenCount,
    ready: pool.readyCount,
    waiting: pool.size - pool.takenCount - pool.readyCount,
  }))
  metrics.gauge('pool_bytes', 'Signed transactions in the pool', () => pool.bytes)
  const refused = metrics.counter('pool_refused_total', 'Transactions that the pool did not take', [
    'reason',
  ])
  pool.refusals.add((error) => {
    refused.inc({ reason: error instanceof PoolError ? error.code : refusalName(error) })
  })
  const dropped = metrics.counter('pool_dropped_total', 'Transactions that left it uncommitted', [
    'reason',
  ])
  pool.onDropped(({ reason }) => dropped.inc({ reason }))
}

/** Of an error that is not the pool's own: a gap of nonces, or the end of the recovery thread. */
function refusalName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}
