/** `npm run -s bench -- NAME`: the benchmarks; without a name, lists them. */

import { createCommand, runCommand } from '@shredcast/protocol/cli/command'
import { engineCommand } from './engine.ts'

const command = createCommand('bench', 'Benchmarks. They print figures and never fail on time.')
  .addCommand(engineCommand)
  .action(() => {
    command.outputHelp()
  })

await runCommand(command, async () => {})
