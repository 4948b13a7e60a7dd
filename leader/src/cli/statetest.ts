/** `npm run -s statetest`: the official state tests, each case through the engine. */

import { integerOption, runCommand } from '@shredcast/protocol/cli/command'
import type { StateTestOptions } from './run-state-tests.ts'
import { StateTestSuite } from './run-state-tests.ts'
import { createTestCommand, testRunOptions } from './test-command.ts'
import { runTests } from './test-run.ts'

const command = createTestCommand({
  name: 'statetest',
  description:
    'Runs GeneralStateTests: every case is a block of one transaction on its own state, and must come ' +
    'to the state root, the logs or the refusal that its file gives.',
  files: 'state test files',
  unit: 'case',
}).option('--index <n>', 'only this case of each test and fork, from 0', integerOption(0))

await runCommand(command, async (signal) => {
  const options = testRunOptions<StateTestOptions>(command)
  await runTests(command.args, new StateTestSuite(options), options, signal)
})
