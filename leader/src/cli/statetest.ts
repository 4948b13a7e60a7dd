/** `npm run -s statetest`: the official state tests, each case through the engine. */

import { availableParallelism } from 'node:os'
import { createCommand, integerOption, runCommand } from '@shredcast/protocol/cli/command'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import { Option } from 'commander'
import type { StateTestOptions } from './run-state-tests.ts'
import { runStateTests } from './run-state-tests.ts'

const command = createCommand(
  'statetest',
  'Runs GeneralStateTests: every case is a block of one transaction on its own state, and must come ' +
    'to the state root, the logs or the refusal that its file gives.',
)
  .argument('<path...>', 'state test files (.json), archives (.tar.gz), or folders of them')
  .option('--fork <name>', 'only cases of this fork, named as in the files')
  .option('--name <text>', 'only tests whose file or name contains it')
  .option('--index <n>', 'only this case of each test and fork, from 0', integerOption(0))
  .option('--workers <n>', 'worker threads', integerOption(1, 63), availableParallelism())
  .addOption(engineOption())
  .addOption(
    new Option('--mode <mode>', 'sequential: one worker')
      .choices(['parallel', 'sequential'])
      .default('parallel'),
  )
  .addOption(
    new Option('--build <build>', 'debug: the core checks its assertions')
      .choices(['release', 'debug'])
      .default('release'),
  )
  .option(
    '--timeout <seconds>',
    'time limit of a case; tests that are slow by design have ten times as much',
    integerOption(1, 86_400),
    60,
  )
  .option('--trace', 'print every instruction (EIP-3155); executes with one worker')
  .option('--json', 'print one JSON object a line on stdout')

await runCommand(command, async (signal) => {
  const options = command.opts<StateTestOptions & { mode: string }>()
  const isSequential = options.mode === 'sequential' || options.trace === true
  const workers = isSequential ? 1 : options.workers
  await runStateTests(command.args, { ...options, workers }, signal)
})
