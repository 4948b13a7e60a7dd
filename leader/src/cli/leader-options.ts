/** What the leader's command line was told, and the parts that its modes share. */

import type { Log } from '@shredcast/protocol/cli/command'
import type { DatadirOptions } from '@shredcast/protocol/cli/datadir-options'
import type { NodeOptions } from '@shredcast/protocol/cli/node-command'
import type { PublishArguments } from '@shredcast/protocol/cli/publish-options'
import { natsTargetOf } from '@shredcast/protocol/cli/publish-options'
import type { RpcAccessArguments } from '@shredcast/protocol/cli/rpc-options'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { PoolOrder } from '../mempool/pool-order.ts'
import type { PoolOptions } from '../node/chain-leader-options.ts'
import type { Publisher } from '../publisher/publisher.ts'

export interface LeaderOptions
  extends NodeOptions,
    RpcAccessArguments,
    DatadirOptions,
    PublishArguments {
  readonly dev?: boolean
  /** Demo transactions a second. */
  readonly demo?: number
  readonly genesis?: string
  readonly fixtures?: readonly string[]
  readonly datadir?: string
  /** Messages in the shred log. */
  readonly keepMessages: number
  readonly workers: number
  readonly engine: EngineName
  readonly streamPort: number
  /** False: no JSON-RPC. */
  readonly http: boolean
  readonly httpPort: number
  readonly httpHosts: readonly string[]
  readonly httpCors: readonly string[]
  readonly host: string
  readonly streamToken?: string
  readonly maxSubscribers: number
  readonly signingKey?: Uint8Array
  readonly blockTime: number
  readonly gasLimit: number
  readonly beneficiary: Uint8Array
  readonly order: PoolOrder
  readonly poolTransactions: number
  readonly poolPerSender: number
  readonly poolOvertaken: number
  readonly minimumTip: number
  readonly json?: boolean
}

export function publisherOptions(options: LeaderOptions, log: Log) {
  const { host, streamPort, streamToken, maxSubscribers, signingKey } = options
  const nats = natsTargetOf(options, log)
  return {
    host,
    port: streamPort,
    maxSubscribers,
    ...(streamToken !== undefined && { token: streamToken }),
    ...(signingKey !== undefined && { signingSeed: signingKey }),
    ...(nats && { nats }),
  }
}

export function poolOptions(options: LeaderOptions): PoolOptions {
  const { order, poolTransactions, poolPerSender, poolOvertaken, minimumTip } = options
  const limits = {
    transactions: poolTransactions,
    perSender: poolPerSender,
    overtaken: poolOvertaken,
  }
  return { order, limits, minimumTip: BigInt(minimumTip) }
}

/** Prints an object as JSON with `--json`, else the line for people. */
export type Print = (json: object, line: string) => void

export function printOf(options: { readonly json?: boolean }): Print {
  return (json, line) => {
    process.stdout.write(`${options.json ? JSON.stringify(json) : line}\n`)
  }
}

interface ReadyChain {
  readonly chainId: bigint
  /** The sealed block behind which the leader goes on, if it has a chain of its own. */
  readonly block?: bigint
  /** URL of JSON-RPC, if it is served. */
  readonly rpc?: string | undefined
  /** URL of metrics and health, if they are served. */
  readonly metrics?: string | undefined
}

/** The leader listens: where, and whose signature its frames carry. */
export function printReady(print: Print, publisher: Publisher, chain: ReadyChain): void {
  const { chainId, block, rpc, metrics } = chain
  const leaderKey = bytesToHex(publisher.leaderKey)
  const numbers = { chainId: Number(chainId), ...(block !== undefined && { block: Number(block) }) }
  const served = [
    ...(rpc === undefined ? [] : [`, JSON-RPC at ${rpc}`]),
    ...(metrics === undefined ? [] : [`, metrics at ${metrics}`]),
  ].join('')
  print(
    { type: 'ready', stream: publisher.url, rpc, metrics, leaderKey, ...numbers },
    `streaming chain ${chainId} at ${publisher.url}${served}, leader key ${leaderKey}`,
  )
}
