/** `npm run -s blocktest`: the official block tests, each a chain of its own through the engine. */

import { logOf, runCommand } from '@shredcast/protocol/cli/command'
import { BlockTestSuite } from './run-block-tests.ts'
import { createTestCommand, testRunOptions } from './test-command.ts'
import { runTests } from './test-run.ts'

const command = createTestCommand({
  name: 'blocktest',
  description:
    'Runs BlockchainTests: every block of a test is imported, the valid ones must be taken and the ' +
    'others refused for the reason that the file gives, and head and state must be those of the file.',
  files: 'block test files',
  unit: 'test',
})

await runCommand(command, async (signal) => {
  const options = testRunOptions(command)
  const suite = new BlockTestSuite(options)
  await runTests(command.args, suite, options, signal)
  for (const name of suite.unknownExceptions) {
    logOf(command)('warn', `unknown reason ${name}: any refusal was taken for it`)
  }
})
