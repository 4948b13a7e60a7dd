/** What the operator's side of the command line comes to: how a leader is watched, and its start in the log. */

import { isLoopback } from '@shredcast/protocol/cli/rpc-options'
import type { Log } from '@shredcast/protocol/ops/log'
import { packageVersion } from '@shredcast/protocol/ops/version'
import type { LeaderWatchOptions } from '../ops/leader-watch.ts'
import type { LeaderOptions } from './leader-options.ts'

export function watchOptions(options: LeaderOptions): Omit<LeaderWatchOptions, 'log' | 'signal'> {
  const { host, metricsPort } = options
  return { host, ...(metricsPort !== undefined && { metricsPort }) }
}

interface Started {
  readonly chainId: bigint
  /** The sealed block behind which the leader goes on. */
  readonly block: bigint
  /** The data folder. */
  readonly path: string
  readonly stream: string
  readonly rpc: string | undefined
  readonly metrics: string | undefined
}

/** Says what runs and where, and warns of what anybody who reaches the host may do. */
export function logStart(log: Log, options: LeaderOptions, started: Started): void {
  const { host, durability, workers, engine, order, streamToken, adminToken } = options
  const { chainId, block, path, ...urls } = started
  log('info', 'leader started', {
    version: packageVersion(),
    chainId: Number(chainId),
    block: Number(block),
    ...urls,
    datadir: path,
    durability,
    workers,
    engine,
    order,
    blockTimeMs: options.blockTime,
  })
  if (isLoopback(host)) return
  if (streamToken === undefined) log('warn', `anybody may subscribe at ${host}: no --stream-token`)
  if (adminToken === undefined && options.http) {
    log('warn', `anybody may call admin methods at ${host}: no --admin-token`)
  }
}
