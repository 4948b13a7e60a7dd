/** `npm run -s bench -- NAME`: the benchmarks; without a name, lists them. */

import { createCommand, runCommand } from '@shredcast/protocol/cli/command'
import { catchupCommand } from './catchup/catchup.ts'
import { engineCommand } from './engine.ts'
import { evmCommand } from './evm.ts'
import { fanoutCommand } from './fanout.ts'
import { gigagasCommand } from './gigagas.ts'
import { liveCommand } from './live/live.ts'
import { mainnetCommand } from './mainnet.ts'
import { mempoolCommand } from './mempool.ts'
import { rootCommand } from './root.ts'
import { scaleCommand } from './scale.ts'
import { schedulerCommand } from './scheduler.ts'
import { sealCommand } from './seal.ts'
import { soakCommand } from './soak.ts'
import { startupCommand } from './startup.ts'
import { storeCommand } from './store.ts'

const command = createCommand('bench', 'Benchmarks. They print figures and never fail on time.')
  .addCommand(engineCommand)
  .addCommand(evmCommand)
  .addCommand(mainnetCommand)
  .addCommand(gigagasCommand)
  .addCommand(scaleCommand)
  .addCommand(rootCommand)
  .addCommand(mempoolCommand)
  .addCommand(liveCommand)
  .addCommand(schedulerCommand)
  .addCommand(sealCommand)
  .addCommand(startupCommand)
  .addCommand(soakCommand)
  .addCommand(storeCommand)
  .addCommand(fanoutCommand)
  .addCommand(catchupCommand)
  .action(() => {
    command.outputHelp()
  })

await runCommand(command, async () => {})
