#!/usr/bin/env node
/** `npm run -s follower -- --leader ws://HOST:PORT`: a follower process. */

import { availableParallelism } from 'node:os'
import {
  createCommand,
  hexOption,
  integerOption,
  logOf,
  runCommand,
  wrongUsage,
} from '@shredcast/protocol/cli/command'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import type { StreamStart } from '@shredcast/protocol/client/stream-reader'
import type { DeclaredSchedule, EngineName } from '@shredcast/shared/engine/engine'
import { InvalidArgumentError, Option } from 'commander'
import { createFollower } from '../node/follower-node.ts'
import { followerOutput } from './follower-output.ts'
import type { SourceArguments } from './state-source.ts'
import { addSourceOptions, stateSource } from './state-source.ts'

interface FollowerArguments extends SourceArguments {
  readonly leader?: string
  readonly source?: string
  readonly workers: number
  readonly engine: EngineName
  readonly execute: DeclaredSchedule
  readonly from: StreamStart
  readonly leaderKey?: Uint8Array
  readonly knownLeaders?: string
  readonly token?: string
  readonly reportFolder: string
  readonly blocks?: number
  readonly json: boolean
}

const command = createCommand(
  'follower',
  "Follows a leader: executes every transaction of its stream again, by the stream's own dependency " +
    'graph, and stops with a report at the first one that differs.',
)
  .option('--leader <url>', 'address of the stream of a leader or relay, ws://HOST:PORT')
  .option('--source <url>', 'where else the stream is read from, nats://HOST:PORT/STREAM')
  .addOption(
    new Option(
      '--execute <mode>',
      'how blocks are executed again: in the order of their dependency graph, or seeded, each ' +
        'transaction at once on what the shreds say its predecessors left',
    )
      .choices(['dag', 'seeded'])
      .default('dag'),
  )
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
  .option(
    '--known-leaders <file>',
    'where the first key of each chain is kept, and compared with at the next start',
  )
  .option('--token <text>', 'what the leader asks of its subscribers (default: none)')
  .option('--report-folder <path>', 'where a divergence report, or evidence, is written', '.')
  .option('--blocks <n>', 'stop after as many verified blocks (default: never)', integerOption(1))
  .option('--json', 'print one JSON object a line on stdout', false)

addSourceOptions(command)

await runCommand(command, async (signal) => {
  const { leader, source: otherUrl, json, blocks, ...options } = command.opts<FollowerArguments>()
  const url = leader ?? otherUrl
  if (url === undefined || (leader !== undefined && otherUrl !== undefined)) {
    wrongUsage(command, 'give --leader or --source, the stream to follow')
  }
  const log = logOf(command)
  const source = await stateSource(options, (message) => wrongUsage(command, message))
  const enough = new AbortController()
  const output = followerOutput(json, log)
  let blocksLeft = blocks ?? Number.POSITIVE_INFINITY
  const follower = createFollower({
    ...options,
    url,
    source,
    ...output,
    onBlock(report) {
      if (blocksLeft === 0) return
      output.onBlock(report)
      if (--blocksLeft === 0) enough.abort()
    },
  })
  await follower.run(AbortSignal.any([signal, enough.signal]))
})

function streamStart(text: string): StreamStart {
  if (text === 'oldest' || text === 'live') return text
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a number, oldest or live.')
  return Number(text)
}
