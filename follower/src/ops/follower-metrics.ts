/** What is measured of a follower: of what it verifies, and of the stream that it reads. */

import { NATS_LEVELS } from '@shredcast/protocol/nats/nats-publisher'
import type { Metrics } from '@shredcast/protocol/ops/metrics'
import type { Shred } from '@shredcast/protocol/wire/messages'
import type { BlockReport } from '../ingest/block-intake.ts'
import type { ServedCounters } from '../node/follower-options.ts'
import type { SnapshotNews } from '../snapshot/take-snapshot.ts'

export interface FollowerMetrics {
  verified(report: BlockReport): void
  verifiedShred(shred: Shred): void
  diverged(): void
  snapshot(news: SnapshotNews): void
  /** The follower serves others now. */
  serving(counters: ServedCounters): void
}

/** What a follower knows of its place in the stream. */
export interface StreamPlace {
  readonly seq: number | undefined
  /** Messages that the leader has and this follower has not taken, as far as it knows. */
  readonly behind: number
  readonly isConnected: boolean
  readonly head: number | undefined
  /** Counters of the client. */
  readonly client: object
}

const CLIENT_LEVELS = new Set(['waiting'])

export function measureFollower(metrics: Metrics, place: () => StreamPlace): FollowerMetrics {
  const blocks = metrics.counter('verified_blocks_total', 'Blocks that came out as the leader says')
  const applied = metrics.counter('applied_blocks_total', 'Of these, blocks that were not executed')
  const shreds = metrics.counter('verified_shreds_total', 'Transactions of which this is true')
  const edges = metrics.counter('dag_edges_total', 'Edges of the dependency graphs of these blocks')
  const divergences = metrics.counter('divergences_total', 'Blocks that came out otherwise')
  const execute = metrics.latency('execute', 'Of a block, from its first step to its last commit')
  const lag = metrics.latency('verify_lag', "From the leader's commit of a transaction to ours")
  const snapshots = metrics.counter('snapshots_total', 'Snapshots that were loaded, or dropped', [
    'state',
  ])
  let snapshot: SnapshotNews | undefined
  metrics.gauge('snapshot_entries', 'Loaded of the newest snapshot', () => snapshot?.entries)
  metrics.gauge('snapshot_entries_expected', 'Of it, as announced', () => snapshot?.entryCount)
  metrics.gauge('snapshot_bytes', 'Loaded of it', () => snapshot?.bytes)
  let criticalPath: number | undefined
  let lagMs: number | undefined
  metrics.gauge('dag_critical_path', 'Steps on the longest path of the last graph', () => {
    return criticalPath
  })
  metrics.gauge(
    'block_lag_seconds',
    'Age of the last shred of the newest block when it was verified',
    () => {
      return lagMs === undefined ? undefined : lagMs / 1000
    },
  )
  metrics.gauge('head_block', 'The newest block that is verified', () => place().head)
  metrics.gauge('stream_seq', 'The newest message taken', () => place().seq)
  metrics.gauge('stream_behind', 'Messages that the leader has and this follower has not', () => {
    return place().behind
  })
  metrics.gauge('stream_connected', '1 while there is a connection', () => {
    return Number(place().isConnected)
  })
  metrics.mirror('stream', "The stream's client", () => ({ ...place().client }), CLIENT_LEVELS)
  return {
    verified(report) {
      blocks.inc()
      edges.inc(report.edges)
      if (report.mode === 'apply') applied.inc()
      lagMs = report.lagMs
      criticalPath = report.criticalPath
      execute.observe(report.executeMs / 1000)
    },
    verifiedShred({ committedAtUs }) {
      shreds.inc()
      if (committedAtUs === undefined) return
      // Clocks of two machines may differ.
      const lagMs = performance.timeOrigin + performance.now() - committedAtUs / 1000
      lag.observe(Math.max(0, lagMs) / 1000)
    },
    diverged: () => divergences.inc(),
    snapshot(news) {
      snapshot = news
      const { state } = news
      if (state === 'loaded' || state === 'dropped') snapshots.inc({ state })
    },
    serving({ relay, rpc, nats }) {
      const levels = new Set(['subscribers', 'snapshotReaders', 'sockets'])
      metrics.mirror('relay', "The relay's server", () => ({ ...relay() }), levels)
      metrics.mirror('rpc_server', "JSON-RPC's server", () => ({ ...rpc() }), levels)
      metrics.mirror('nats', 'Publishing to NATS', () => ({ ...nats() }), NATS_LEVELS)
    },
  }
}
