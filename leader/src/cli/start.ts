/** `npm start`: the whole system on one machine, for a newcomer with nothing configured. */

import { createCommand, integerOption, runCommand } from '@shredcast/protocol/cli/command'
import type { DemoOptions } from './run-demo.ts'
import { runDemo } from './run-demo.ts'

const command = createCommand(
  'start',
  'Runs a leader on a development chain with demo traffic on real contracts, a follower that ' +
    'verifies it, and a subscriber whose shreds are printed; ctrl-c stops all of it.',
)
  .option('--rate <per second>', 'demo transactions', integerOption(1, 150), 20)
  .option(
    '--blocks <n>',
    'stop after so many verified blocks (default: run until ctrl-c)',
    integerOption(1),
  )
  .option('--workers <n>', 'worker threads of leader and follower each', integerOption(1, 63), 2)
  .option(
    '--stream-port <port>',
    'shred stream; 0 takes any free port',
    integerOption(0, 65_535),
    0,
  )
  .option('--http-port <port>', 'JSON-RPC; 0 takes any free port', integerOption(0, 65_535), 0)

await runCommand(command, (signal) => runDemo(command.opts<DemoOptions>(), signal))
