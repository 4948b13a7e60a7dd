/** `npm run -s replay`: block fixtures through a real leader and a real follower. */

import { availableParallelism } from 'node:os'
import { createCommand, integerOption, runCommand } from '@shredcast/protocol/cli/command'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import { Option } from 'commander'
import type { ReplayOptions } from './replay-blocks.ts'
import { replay } from './replay-blocks.ts'

const command = createCommand(
  'replay',
  'Runs block fixtures through a leader and, in a second process, a follower that verifies them. ' +
    'Times are medians over --repeat of execution alone: no sender recovery, no parsing, no roots.',
)
  .argument('<path...>', 'fixture files (.json, .json.gz) or folders of them')
  .addOption(
    new Option(
      '--follower <mode>',
      'how the follower executes; apply: it takes changes over; none: no follower',
    )
      .choices(['dag', 'seeded', 'apply', 'none'] satisfies ReplayOptions['follower'][])
      .default('dag'),
  )
  .option(
    '--workers <n>',
    'worker threads of each process',
    integerOption(1, 63),
    availableParallelism(),
  )
  .addOption(engineOption())
  .addOption(
    new Option('--mode <mode>', 'sequential: one worker')
      .choices(['parallel', 'sequential'])
      .default('parallel'),
  )
  .option('--repeat <k>', 'runs of each block', integerOption(1, 1000), 1)
  .option('--compare-sequential', 'also time one worker')
  .option('--json', 'print one JSON object a line on stdout')

await runCommand(command, async (signal) => {
  const options = command.opts<ReplayOptions & { mode: string }>()
  const workers = options.mode === 'sequential' ? 1 : options.workers
  await replay(command.args, { ...options, workers }, signal)
})
