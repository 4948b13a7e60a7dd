#!/usr/bin/env node
/** `npm run -s follower -- --leader ws://HOST:PORT`: a follower process. */

import { availableParallelism } from 'node:os'
import type { Log } from '@shredcast/protocol/cli/command'
import {
  errorLine,
  hexOption,
  integerOption,
  portOption,
  wrongUsage,
} from '@shredcast/protocol/cli/command'
import {
  retentionOf,
  stateCacheBytes,
  storeOptions,
  takeDatadir,
} from '@shredcast/protocol/cli/datadir'
import type { DatadirOptions } from '@shredcast/protocol/cli/datadir-options'
import {
  durabilityOption,
  keepStatesOption,
  maxStoreOption,
  stateCacheOption,
} from '@shredcast/protocol/cli/datadir-options'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import {
  checkMaxSubscribers,
  maxSubscribersOption,
} from '@shredcast/protocol/cli/max-subscribers-option'
import type { NodeOptions } from '@shredcast/protocol/cli/node-command'
import { createNodeCommand, runNode } from '@shredcast/protocol/cli/node-command'
import type { PublishArguments } from '@shredcast/protocol/cli/publish-options'
import { natsTargetOf, withPublishOptions } from '@shredcast/protocol/cli/publish-options'
import type { RpcAccessArguments } from '@shredcast/protocol/cli/rpc-options'
import {
  checkRpcAccess,
  rpcAccessOf,
  withRpcAccessOptions,
} from '@shredcast/protocol/cli/rpc-options'
import { packageVersion } from '@shredcast/protocol/ops/version'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import { InvalidArgumentError, Option } from 'commander'
import type { ExecuteMode } from '../ingest/block-intake.ts'
import { createFollower } from '../node/follower-node.ts'
import type {
  FollowerOptions,
  FollowerRpcOptions,
  FollowFrom,
  StateSource,
} from '../node/follower-options.ts'
import { FollowerWatch } from '../ops/follower-watch.ts'
import { followerOutput } from './follower-output.ts'
import type { SourceArguments } from './state-source.ts'
import { addSourceOptions, stateSource } from './state-source.ts'

interface FollowerArguments
  extends NodeOptions,
    RpcAccessArguments,
    DatadirOptions,
    PublishArguments,
    SourceArguments {
  readonly leader?: string
  readonly source?: string
  readonly workers: number
  readonly engine: EngineName
  readonly execute: ExecuteMode
  readonly from: FollowFrom
  readonly snapshotUrl?: string
  readonly datadir?: string
  readonly keepMessages: number
  readonly host: string
  readonly relayPort?: number
  readonly maxSubscribers: number
  readonly streamToken?: string
  /** False: no JSON-RPC. */
  readonly http: boolean
  readonly httpPort: number
  readonly httpHosts: readonly string[]
  readonly httpCors: readonly string[]
  readonly leaderRpc?: string
  readonly leaderKey?: Uint8Array
  readonly knownLeaders?: string
  readonly token?: string
  readonly reportFolder: string
  readonly blocks?: number
  readonly maxStreamAge: number
  readonly json: boolean
}

const FOLLOW_FROM = ['auto', 'genesis', 'snapshot', 'oldest', 'live'] as const

const command = createNodeCommand(
  'follower',
  "Follows a leader: executes every transaction of its stream again, by the stream's own dependency " +
    'graph, and stops with a report at the first one that differs. Serves the stream and JSON-RPC on.',
)
  .option('--leader <url>', 'address of the stream of a leader or relay, ws://HOST:PORT')
  .option('--source <url>', 'where else the stream is read from, nats://HOST:PORT/STREAM')
  .addOption(
    new Option(
      '--execute <mode>',
      'dag: blocks are executed again in the order of their dependency graph; seeded: each ' +
        'transaction at once, on what the shreds say its predecessors left; apply: changes are taken ' +
        'over, and roots checked, without execution; auto: apply while far behind, else dag',
    )
      .choices(['dag', 'seeded', 'apply', 'auto'] satisfies ExecuteMode[])
      .default('dag' satisfies ExecuteMode),
  )
  .addOption(
    new Option('--workers <n>', 'worker threads')
      .argParser(integerOption(1, 63))
      .default(Math.min(availableParallelism(), 63), 'the cores there are'),
  )
  .addOption(engineOption())
  .option(
    '--datadir <folder>',
    'where the chain and the stream are kept; a restart goes on from it (default: a temporary ' +
      'folder while JSON-RPC is served, removed at the end; else nothing is kept)',
  )
  .addOption(durabilityOption('what is kept survives'))
  .addOption(keepStatesOption())
  .option(
    '--keep-messages <n>',
    'messages kept for subscribers that resume, a day at most',
    integerOption(1),
    DEFAULT_RETENTION.log.maxMessages,
  )
  .addOption(maxStoreOption())
  .addOption(stateCacheOption())
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--relay-port <port>', 'serves the stream on; 0 takes any free port', portOption)
  .addOption(maxSubscribersOption())
  .option('--stream-token <text>', 'subscribers of the relay must present it')
  .addOption(
    new Option('--http-port <port>', 'JSON-RPC over HTTP and WebSocket; 0 takes any free port')
      .argParser(portOption)
      .default(8546),
  )
  .option('--no-http', 'serve no JSON-RPC')
  .option('--http-hosts <name...>', 'host names by which JSON-RPC may be called', [])
  .option('--http-cors <origin...>', 'origins of pages that may call JSON-RPC; * is any', [])
  .option(
    '--leader-rpc <url>',
    "the leader's JSON-RPC, which takes transactions that are sent here",
  )
  .option(
    '--from <start>',
    'where a folder without a chain begins. auto: at message 0, and with a snapshot where the leader ' +
      'no longer has the messages that are due, so that all before it is the word of the leader; ' +
      'genesis: at message 0, or not at all; snapshot: with a snapshot. A folder goes on where it ends. ' +
      'For fixtures a number, oldest or live',
    followFrom,
    'auto' as const,
  )
  .option(
    '--snapshot-url <url>',
    'a leader or relay with snapshots, ws://HOST:PORT (default: --leader)',
  )
  .option(
    '--leader-key <hex>',
    "leader's public key, 32 bytes (default: the first one the leader names)",
    hexOption(32),
  )
  .option(
    '--known-leaders <file>',
    'where the first key of each chain is kept, and compared with at the next start',
  )
  .option('--token <text>', 'what the leader asks of its subscribers (default: none)')
  .option('--report-folder <path>', 'where a divergence report, or evidence, is written', '.')
  .option('--blocks <n>', 'stop after as many verified blocks (default: never)', integerOption(1))
  .option(
    '--max-stream-age <ms>',
    '/health turns red when no message of the leader came for so long',
    integerOption(1, 86_400_000),
    10_000,
  )
  .option('--json', 'print one JSON object a line on stdout', false)

addSourceOptions(command)
withRpcAccessOptions(command)
withPublishOptions(command)

await runNode(command, async (signal, log) => {
  const options = command.opts<FollowerArguments>()
  checkRpcAccess(command)
  checkMaxSubscribers(command)
  const source = await stateSource(options, (message) => wrongUsage(command, message))
  if (options.publish !== undefined && options.publish === options.source) {
    wrongUsage(command, '--publish is the stream of --source, which has every frame already')
  }
  if (source.type === 'genesis') return followChain(options, source, signal, log)
  if ((options.datadir ?? options.relayPort ?? options.publish) !== undefined) {
    wrongUsage(
      command,
      '--fixtures keeps nothing, so it takes no --datadir, no --relay-port and no --publish',
    )
  }
  await follow(options, { source }, signal, log)
})

/** In a folder, when one is named or needed. */
async function followChain(
  options: FollowerArguments,
  source: StateSource,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  const { datadir, http, relayPort, host, streamToken, maxSubscribers } = options
  const nats = natsTargetOf(options, log)
  const isDevelopment = source.type === 'genesis' && source.genesis.config.isDevelopment === true
  const needsFolder = datadir !== undefined || http || options.from === 'snapshot'
  const folder = needsFolder ? takeDatadir(datadir, 'follower') : undefined
  try {
    const parts = {
      source,
      ...(folder && {
        store: storeOptions(folder.path, options),
        retention: retentionOf(options, isDevelopment),
        stateCacheBytes: stateCacheBytes(options),
      }),
      ...(http && { rpc: rpcOptions(options, log) }),
      ...(relayPort !== undefined && {
        relay: {
          ...{ host, port: relayPort, maxSubscribers },
          ...(streamToken !== undefined && { token: streamToken }),
        },
      }),
      ...(nats && { nats }),
    }
    await follow(options, parts, signal, log)
  } finally {
    folder?.release()
  }
}

async function follow(
  { leader, source, json, blocks, execute, from, workers, engine, ...options }: FollowerArguments,
  parts: Pick<
    FollowerOptions,
    'source' | 'store' | 'retention' | 'stateCacheBytes' | 'rpc' | 'relay' | 'nats'
  >,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  const { leaderKey, knownLeaders, token, reportFolder, snapshotUrl } = options
  const url = leader ?? source
  if (url === undefined || (leader !== undefined && source !== undefined)) {
    wrongUsage(command, 'give --leader or --source, the stream to follow')
  }
  const watch = await FollowerWatch.start({ ...options, log, signal })
  log('info', 'follower started', {
    ...{ version: packageVersion(), source: parts.source.type, workers, engine, execute },
    datadir: parts.store?.path,
    metrics: watch.url,
  })
  const enough = new AbortController()
  const output = watch.listening(followerOutput(json, log, watch.url))
  let blocksLeft = blocks ?? Number.POSITIVE_INFINITY
  const follower = createFollower({
    ...parts,
    ...(parts.rpc && { rpc: { ...parts.rpc, onAnswered: watch.onAnswered } }),
    ...{ execute, from, workers, engine, reportFolder },
    ...(leaderKey && { leaderKey }),
    ...(token !== undefined && { token }),
    ...(snapshotUrl !== undefined && { snapshotUrl }),
    ...(knownLeaders !== undefined && { knownLeaders }),
    url,
    ...output,
    onBlock(report) {
      if (blocksLeft === 0) return
      output.onBlock(report)
      if (--blocksLeft === 0) enough.abort()
    },
  })
  try {
    await follower.run(AbortSignal.any([signal, enough.signal]))
  } finally {
    await watch.close()
  }
}

/** A page of any origin may call the development chain: nothing on it is worth anything. */
function rpcOptions(options: FollowerArguments, log: Log): FollowerRpcOptions {
  const { host, httpPort, httpHosts, httpCors, leaderRpc, genesis } = options
  const isDev = genesis === undefined
  return {
    host,
    port: httpPort,
    guard: { hosts: httpHosts, origins: isDev && httpCors.length === 0 ? ['*'] : httpCors },
    access: rpcAccessOf(options),
    onInternalError: (method, error) => log('error', `${method} failed: ${errorLine(error)}`),
    ...(leaderRpc !== undefined && { leaderRpc }),
  }
}

function followFrom(text: string): FollowFrom {
  const known = FOLLOW_FROM.find((from) => from === text)
  if (known !== undefined) return known
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('Expected auto, genesis, snapshot, a number, oldest or live.')
  }
  return Number(text)
}
