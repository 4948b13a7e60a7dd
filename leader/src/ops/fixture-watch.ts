/** Metrics and health of a leader of fixtures, whose stream ends with the last of them. */

import { Metrics, numbersOf } from '@shredcast/protocol/ops/metrics'
import type { OpsServer } from '@shredcast/protocol/ops/ops-server'
import { createOpsServer } from '@shredcast/protocol/ops/ops-server'
import type { FixtureLeader, FixtureResult } from '../node/fixture-leader.ts'
import { measureStream } from './leader-metrics.ts'

export interface FixtureWatchOptions {
  readonly host: string
  readonly metricsPort: number
  /** Fires when the leader stops. */
  readonly signal: AbortSignal
}

/** What is counted of each block. */
type Counted = Pick<FixtureResult, 'txs' | 'gasUsed' | 'aborts' | 'executeMs' | 'differences'>

export interface FixtureWatch {
  readonly server: OpsServer
  /** A block is streamed. */
  note(result: Counted): void
}

/** @throws ListenError */
export async function watchFixtures(
  leader: FixtureLeader,
  { host, metricsPort: port, signal }: FixtureWatchOptions,
): Promise<FixtureWatch> {
  const metrics = new Metrics()
  const { publisher } = leader
  measureStream(metrics, publisher)
  const blocks = metrics.counter('blocks_total', 'Streamed blocks')
  const differing = metrics.counter(
    'differing_blocks_total',
    'Blocks that differ from their header',
  )
  const transactions = metrics.counter('transactions_total', 'Transactions of streamed blocks')
  const gas = metrics.counter('gas_total', 'Gas used by streamed blocks')
  const aborts = metrics.counter('aborts_total', 'Executions thrown away')
  const execution = metrics.latency('execution', 'Of a block, from its first to its last commit')
  let blockCount = 0
  const health = () => {
    const status = signal.aborted ? 'stopping' : 'ok'
    const { subscribers } = numbersOf({ ...publisher.stats() })
    const isHealthy = status === 'ok'
    return { isHealthy, report: { status, blocks: blockCount, subscribers } }
  }
  return {
    server: await createOpsServer({ host, port, metrics, health }),
    note(result) {
      blockCount++
      blocks.inc()
      if (result.differences.length > 0) differing.inc()
      transactions.inc(result.txs)
      gas.inc(Number(result.gasUsed))
      aborts.inc(result.aborts)
      execution.observe(result.executeMs / 1000)
    },
  }
}
