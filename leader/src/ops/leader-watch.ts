/** A leader as its operator sees it: the log, the metrics and the health of one process. */

import type { ChainRpc } from '@shredcast/protocol/node-rpc/chain-rpc'
import { watchFaults } from '@shredcast/protocol/ops/counter-watch'
import type { Log } from '@shredcast/protocol/ops/log'
import { Metrics } from '@shredcast/protocol/ops/metrics'
import type { Health, OpsServer } from '@shredcast/protocol/ops/ops-server'
import { createOpsServer } from '@shredcast/protocol/ops/ops-server'
import { measureRequests } from '@shredcast/protocol/ops/rpc-metrics'
import { StreamAge } from '@shredcast/protocol/ops/stream-age'
import type { AnsweredRequest } from '@shredcast/protocol/rpc/dispatcher'
import type { ChainLeader } from '../node/chain-leader.ts'
import type { SealedBlock } from '../node/leader-figures.ts'
import { measureLeader } from './leader-metrics.ts'

/** A stream is never stale sooner. */
const STALE_AFTER_MIN_MS = 10_000
const STALE_AFTER_BLOCKS = 3

export interface LeaderWatchOptions {
  readonly host: string
  /** Absent: metrics are not served, and nothing is measured. */
  readonly metricsPort?: number
  readonly log: Log
  /** Fires when the leader stops. */
  readonly signal: AbortSignal
}

export class LeaderWatch {
  /** To be told of each JSON-RPC request. */
  readonly onAnswered: (answered: AnsweredRequest) => void
  readonly #leader: ChainLeader
  readonly #options: LeaderWatchOptions
  readonly #metrics: Metrics | undefined
  readonly #age: StreamAge
  #server: OpsServer | undefined
  #stopCounters = () => {}

  /** Watches a leader that does not run yet. */
  constructor(leader: ChainLeader, options: LeaderWatchOptions) {
    const { metricsPort, log } = options
    this.#leader = leader
    this.#options = options
    this.#age = new StreamAge(() => staleAfterMs(leader.plan.blockTimeMs))
    this.#metrics = metricsPort === undefined ? undefined : new Metrics()
    this.onAnswered = this.#metrics === undefined ? () => {} : measureRequests(this.#metrics)
    if (this.#metrics !== undefined) measureLeader(this.#metrics, leader)
    leader.observe((message) => {
      this.#age.note()
      if (message.type !== 'blockOpened') return
      const { number, timestamp } = message.context
      log('debug', 'block opened', { number: Number(number), timestamp: Number(timestamp) })
    })
    leader.onSealed((sealed) => this.#logSealed(sealed))
  }

  /** Of `/metrics` and `/health`, once they are served. */
  get url(): string | undefined {
    return this.#server?.url
  }

  /**
   * Serves metrics and health if it is to, and begins to log what is refused.
   * @throws ListenError
   */
  async start(rpc: ChainRpc | undefined): Promise<void> {
    const { host, metricsPort, log } = this.#options
    if (this.#metrics !== undefined && metricsPort !== undefined) {
      if (rpc !== undefined) {
        const stats = () => ({ ...rpc.stats() })
        this.#metrics.mirror('rpc_server', "JSON-RPC's server", stats, new Set(['sockets']))
      }
      const health = () => this.#health()
      const metrics = this.#metrics
      this.#server = await createOpsServer({ host, port: metricsPort, metrics, health })
    }
    const { publisher, plan } = this.#leader
    // Where blocks are sealed by hand the first message may be long in coming.
    if (plan.blockTimeMs === undefined) this.#age.note()
    this.#stopCounters = watchFaults(
      { stream: () => publisher.stats(), rpc: () => rpc?.stats() },
      log,
    )
  }

  async close(): Promise<void> {
    this.#stopCounters()
    await this.#server?.close()
  }

  #health(): Health {
    const { chain, publisher } = this.#leader
    const isStopping = this.#options.signal.aborted
    return this.#age.health(isStopping ? 'stopping' : undefined, {
      head: Number(chain.head.header.number),
      seq: this.#leader.stats().lastSeq ?? null,
      subscribers: publisher.stats().subscribers,
    })
  }

  #logSealed({ header, txs, stats, tookMs, pruned }: SealedBlock): void {
    const { log } = this.#options
    const sealMs = tookMs.root + tookMs.log + tookMs.store
    const isSlow = sealMs > (this.#leader.plan.blockTimeMs ?? Number.POSITIVE_INFINITY)
    log(isSlow ? 'info' : 'debug', isSlow ? 'slow seal' : 'block sealed', {
      number: Number(header.number),
      txs,
      gasUsed: Number(header.gasUsed),
      aborts: stats.aborts,
      rootMs: rounded(tookMs.root),
      logMs: rounded(tookMs.log),
      storeMs: rounded(tookMs.store),
    })
    const { messages, changedKeys, historyStart } = pruned
    if (messages + changedKeys === 0) return
    log('debug', 'store pruned', { messages, changedKeys, historyStart: Number(historyStart) })
  }
}

/** A stream whose blocks are sealed by hand is never stale. */
function staleAfterMs(blockTimeMs: number | undefined): number {
  if (blockTimeMs === undefined) return Number.POSITIVE_INFINITY
  return Math.max(STALE_AFTER_MIN_MS, STALE_AFTER_BLOCKS * blockTimeMs)
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
