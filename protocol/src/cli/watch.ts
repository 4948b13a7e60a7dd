#!/usr/bin/env node
/** `npm run -s watch -- ws://HOST:PORT`: prints the shreds of a stream as they come. */

import { once } from 'node:events'
import {
  createCommand,
  hexOption,
  integerOption,
  logOf,
  repeatable,
  runCommand,
  wrongUsage,
} from './command.ts'
import type { FilterArguments } from './filter-options.ts'
import { filterOf, slotOption } from './filter-options.ts'
import { watchStream } from './watch-stream.ts'

interface WatchArguments extends FilterArguments {
  readonly source?: string
  readonly json: boolean
  readonly fromSeq?: number
  readonly leaderKey?: Uint8Array
  readonly knownLeaders?: string
  readonly token?: string
  readonly count?: number
}

const command = createCommand('watch', 'Subscribes to a stream like a dApp and prints its shreds.')
  .argument('[url]', 'address of a leader or relay, ws://HOST:PORT')
  .option('--source <url>', 'instead: where else the stream is read from, nats://HOST:PORT/STREAM')
  .option('--json', 'one JSON object a line; bytes and big integers in hex', false)
  .option(
    '--address <hex>',
    'only shreds with this sender, recipient, log address or changed account; repeatable',
    repeatable(hexOption(20)),
  )
  .option(
    '--topic <hex>',
    'only shreds with this topic in a log; repeatable',
    repeatable(hexOption(32)),
  )
  .option(
    '--slot <address:key>',
    'only shreds that change this storage slot; repeatable',
    repeatable(slotOption),
  )
  .option(
    '--sender <hex>',
    'only transactions of this account; repeatable',
    repeatable(hexOption(20)),
  )
  .option(
    '--selector <hex>',
    'only calls of this function, 4 bytes; repeatable',
    repeatable(hexOption(4)),
  )
  .option('--from-seq <n>', 'first message wanted (default: the next one)', integerOption(0))
  .option(
    '--leader-key <hex>',
    "leader's public key, 32 bytes (default: the first one the server names)",
    hexOption(32),
  )
  .option(
    '--known-leaders <file>',
    'where the first key of each chain is kept, and compared with at the next start',
  )
  .option('--token <text>', 'what the server asks of its subscribers (default: none)')
  .option('--count <shreds>', 'stop after as many shreds (default: never)', integerOption(1))

await runCommand(command, async (signal) => {
  const { source, ...options } = command.opts<WatchArguments>()
  const url = command.args[0] ?? source
  if (url === undefined || (command.args.length > 0 && source !== undefined)) {
    wrongUsage(command, 'give the address of a stream, or --source')
  }
  const output = { print, log: logOf(command) }
  const filter = filterOf(options)
  await watchStream(url, { ...options, ...(filter && { filter }) }, output, signal)
})

/** Waits for a slow reader of stdout, and with it the stream waits. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`) && process.stdout.writable) {
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')])
  }
}
