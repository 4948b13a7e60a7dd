/** A follower as its operator sees it: the log, the metrics and the health of one process. */

import { watchFaults } from '@shredcast/protocol/ops/counter-watch'
import type { Log } from '@shredcast/protocol/ops/log'
import { Metrics } from '@shredcast/protocol/ops/metrics'
import type { Health, OpsServer } from '@shredcast/protocol/ops/ops-server'
import { createOpsServer } from '@shredcast/protocol/ops/ops-server'
import { measureRequests } from '@shredcast/protocol/ops/rpc-metrics'
import { StreamAge } from '@shredcast/protocol/ops/stream-age'
import type { AnsweredRequest } from '@shredcast/protocol/rpc/dispatcher'
import type { FollowerOptions, ServedCounters, WatchedStream } from '../node/follower-options.ts'
import type { FollowerMetrics, StreamPlace } from './follower-metrics.ts'
import { measureFollower } from './follower-metrics.ts'

export interface FollowerWatchOptions {
  readonly host: string
  /** Absent: metrics are not served, and nothing is measured. */
  readonly metricsPort?: number
  /** Milliseconds without a message after which the follower is not healthy. */
  readonly maxStreamAge: number
  readonly log: Log
  /** Fires when the follower stops. */
  readonly signal: AbortSignal
}

/** What a follower tells, as `createFollower` takes it. */
type Listeners = Pick<
  FollowerOptions,
  'onServing' | 'onStream' | 'onMessage' | 'onBlock' | 'onShred' | 'onSnapshot' | 'onDivergence'
>

/** The client's counters before there is a client. */
const NO_COUNTS = { frames: 0, messages: 0, bytes: 0, reconnects: 0, waiting: 0 }

export class FollowerWatch {
  readonly #options: FollowerWatchOptions
  readonly #age: StreamAge
  /** To be told of each JSON-RPC request. */
  onAnswered: (answered: AnsweredRequest) => void = () => {}
  #metrics: FollowerMetrics | undefined
  #server: OpsServer | undefined
  #stopCounters = () => {}
  #stream: WatchedStream | undefined
  #isConnected = false
  #isDiverged = false
  #isLoading = false
  #served: ServedCounters | undefined
  #seq: number | undefined
  /** What the leader's next message was when it was asked last. */
  #leaderNextSeq = 0
  #head: number | undefined

  private constructor(options: FollowerWatchOptions) {
    this.#options = options
    this.#age = new StreamAge(() => options.maxStreamAge)
  }

  /**
   * Serves metrics and health if it is to, before there is a follower.
   * @throws ListenError
   */
  static async start(options: FollowerWatchOptions): Promise<FollowerWatch> {
    const watch = new FollowerWatch(options)
    const { host, metricsPort: port } = options
    if (port !== undefined) {
      const metrics = new Metrics()
      watch.#metrics = measureFollower(metrics, () => watch.#place())
      watch.onAnswered = measureRequests(metrics)
      const health = () => watch.#health()
      watch.#server = await createOpsServer({ host, port, metrics, health })
    }
    return watch
  }

  /** Of `/metrics` and `/health`, if they are served. */
  get url(): string | undefined {
    return this.#server?.url
  }

  /** Adds the watch to those who listen to a follower. */
  listening<L extends Listeners>(others: L): L & Listeners {
    const { log } = this.#options
    return {
      ...others,
      onServing: (urls, counters) => {
        this.#watchServers(counters)
        others.onServing?.(urls, counters)
      },
      onStream: (stream) => {
        this.#watchStream(stream)
        others.onStream?.(stream)
      },
      onMessage: (seq) => {
        this.#seq = seq
        this.#age.note()
        others.onMessage?.(seq)
      },
      onShred: (shred) => {
        this.#metrics?.verifiedShred(shred)
        others.onShred?.(shred)
      },
      onBlock: (report) => {
        this.#head = report.number
        this.#metrics?.verified(report)
        const { number, shreds, edges, criticalPath, executeMs } = report
        log('debug', 'block verified', { number, shreds, edges, criticalPath, executeMs })
        others.onBlock?.(report)
      },
      onSnapshot: (news) => {
        this.#isLoading = news.state !== 'loaded'
        this.#metrics?.snapshot(news)
        others.onSnapshot?.(news)
      },
      onDivergence: (report, path) => {
        this.#isDiverged = true
        this.#metrics?.diverged()
        others.onDivergence?.(report, path)
      },
    }
  }

  async close(): Promise<void> {
    this.#stopCounters()
    await this.#server?.close()
  }

  #watchServers(served: ServedCounters): void {
    const { relay, rpc } = served
    const isFirst = this.#served === undefined
    this.#served = served
    // Behind a snapshot there are other servers.
    const counters = {
      relay: () => this.#served?.relay(),
      rpc: () => this.#served?.rpc(),
      nats: () => this.#served?.nats(),
    }
    if (isFirst) this.#metrics?.serving(counters)
    this.#stopCounters()
    this.#stopCounters = watchFaults({ relay, rpc }, this.#options.log)
  }

  #watchStream(stream: WatchedStream): void {
    this.#stream = stream
    stream.state$.subscribe((state) => {
      this.#isConnected = state.status === 'streaming'
      if (state.status === 'streaming') this.#leaderNextSeq = state.hello.nextSeq
    })
  }

  #place(): StreamPlace {
    const client = this.#stream?.stats() ?? NO_COUNTS
    const heardBehind = this.#stream?.staleness().behind ?? 0
    const nextSeq = (this.#seq ?? -1) + 1
    return {
      seq: this.#seq,
      behind: Math.max(client.waiting, this.#leaderNextSeq - nextSeq, heardBehind),
      isConnected: this.#isConnected,
      head: this.#head,
      client,
    }
  }

  #health(): Health {
    const isStopping = this.#options.signal.aborted
    const stopping = isStopping ? 'stopping' : this.#isLoading ? 'snapshot' : undefined
    const fault = this.#isDiverged ? 'diverged' : stopping
    const { head = null, seq = null, behind, isConnected } = this.#place()
    return this.#age.health(fault, { head, seq, behind, isConnected })
  }
}
