/** `npm run -s import`: a chain file into a data folder. */

import { availableParallelism } from 'node:os'
import { createCommand, integerOption, runCommand } from '@shredcast/protocol/cli/command'
import {
  durabilityOption,
  keepStatesOption,
  maxStoreOption,
  stateCacheOption,
} from '@shredcast/protocol/cli/datadir-options'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import type { ImportOptions } from './run-import.ts'
import { runImport } from './run-import.ts'

const command = createCommand(
  'import',
  'Brings the blocks of a chain file, as geth exports it, into a data folder. Each block is checked ' +
    'and executed; those that the folder has are skipped, so that an import can be continued.',
)
  .argument(
    '<chain.rlp>',
    'blocks in RLP, one behind the other; a name in .gz is of a gzipped file',
  )
  .requiredOption('--genesis <file>', "the chain's genesis in the format of geth")
  .requiredOption('--datadir <folder>', 'where the chain is kept; it is made when it is not there')
  .addOption(durabilityOption('what a block survives once it is imported'))
  .addOption(keepStatesOption())
  .addOption(maxStoreOption())
  .addOption(stateCacheOption())
  .option('--workers <n>', 'worker threads', integerOption(1, 63), availableParallelism())
  .addOption(engineOption())
  .option('--json', 'print one JSON object a line on stdout')

await runCommand(command, async (signal) => {
  const [file] = command.processedArgs as [string]
  await runImport(file, command.opts<ImportOptions>(), signal)
})
