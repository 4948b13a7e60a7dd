#!/usr/bin/env node
/** `npm run -s follower -- --leader ws://HOST:PORT`: a follower process. */

import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { hexOption, integerOption, wrongUsage } from '@shredcast/protocol/cli/command'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import type { NodeOptions } from '@shredcast/protocol/cli/node-command'
import { createNodeCommand, runNode } from '@shredcast/protocol/cli/node-command'
import type { StreamStart } from '@shredcast/protocol/client/stream-reader'
import { packageVersion } from '@shredcast/protocol/ops/version'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { genesisFromJson } from '@shredcast/shared/chain/genesis'
import type { DeclaredSchedule, EngineName } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { InvalidArgumentError, Option } from 'commander'
import { createFollower } from '../node/follower-node.ts'
import type { StateSource } from '../node/follower-options.ts'
import { FollowerWatch } from '../ops/follower-watch.ts'
import { followerOutput } from './follower-output.ts'

interface FollowerArguments extends NodeOptions {
  readonly leader: string
  readonly dev?: boolean
  readonly genesis?: string
  readonly fixtures?: readonly string[]
  readonly workers: number
  readonly engine: EngineName
  readonly execute: DeclaredSchedule
  readonly from: StreamStart
  readonly leaderKey?: Uint8Array
  readonly token?: string
  readonly reportFolder: string
  readonly blocks?: number
  readonly host: string
  readonly maxStreamAge: number
  readonly json: boolean
}

/** The genesis file cannot be read. */
class GenesisFileError extends BaseError {
  override readonly name = 'Follower.GenesisFileError'
}

const command = createNodeCommand(
  'follower',
  "Follows a leader: executes every transaction of its stream again, by the stream's own dependency " +
    'graph, and stops with a report at the first one that differs.',
)
  .requiredOption('--leader <url>', "address of the leader's stream, ws://HOST:PORT")
  .addOption(
    new Option(
      '--execute <mode>',
      'how blocks are executed again: in the order of their dependency graph, or seeded, each ' +
        'transaction at once on what the shreds say its predecessors left',
    )
      .choices(['dag', 'seeded'])
      .default('dag'),
  )
  .option('--dev', 'own state: the development chain, id 31337 (default)')
  .option('--genesis <file>', 'own state: a genesis file in the format of geth')
  .option('--fixtures <path...>', 'own state: block fixtures of mainnet, files or folders')
  .addOption(
    new Option('--workers <n>', 'worker threads')
      .argParser(integerOption(1, 63))
      .default(Math.min(availableParallelism(), 63), 'the cores there are'),
  )
  .addOption(engineOption())
  .option(
    '--from <seq>',
    'first message: a number, oldest, or live; --dev and --genesis need message 0',
    streamStart,
    'oldest' as const,
  )
  .option(
    '--leader-key <hex>',
    "leader's public key, 32 bytes (default: the first one the leader names)",
    hexOption(32),
  )
  .option('--token <text>', 'what the leader asks of its subscribers (default: none)')
  .option('--report-folder <path>', 'where a divergence report is written', '.')
  .option('--blocks <n>', 'stop after as many verified blocks (default: never)', integerOption(1))
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option(
    '--max-stream-age <ms>',
    '/health turns red when no message of the leader came for so long',
    integerOption(1, 86_400_000),
    10_000,
  )
  .option('--json', 'print one JSON object a line on stdout', false)

await runNode(command, async (signal, log) => {
  const { leader, json, blocks, ...options } = command.opts<FollowerArguments>()
  const source = await sourceOf(options)
  const watch = await FollowerWatch.start({ ...options, log, signal })
  const { workers, engine, execute } = options
  log('info', 'follower started', {
    ...{ version: packageVersion(), source: source.type, workers, engine, execute },
    metrics: watch.url,
  })
  const enough = new AbortController()
  const output = watch.listening(followerOutput(json, log, watch.url))
  let blocksLeft = blocks ?? Number.POSITIVE_INFINITY
  const follower = createFollower({
    ...options,
    url: leader,
    source,
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
})

async function sourceOf(options: {
  readonly dev?: boolean
  readonly genesis?: string
  readonly fixtures?: readonly string[]
}): Promise<StateSource> {
  const { dev, genesis, fixtures } = options
  if ([dev, genesis, fixtures].filter(Boolean).length > 1) {
    wrongUsage(command, 'choose one of --dev, --genesis and --fixtures')
  }
  if (fixtures !== undefined) return { type: 'fixtures', paths: fixtures }
  if (genesis === undefined) return { type: 'genesis', genesis: devGenesis() }
  return { type: 'genesis', genesis: genesisFromJson(await readJson(genesis)) }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new GenesisFileError(`cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}

function streamStart(text: string): StreamStart {
  if (text === 'oldest' || text === 'live') return text
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a number, oldest or live.')
  return Number(text)
}
