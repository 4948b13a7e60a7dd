/** `npm run -s leader`: a leader process. */

import { availableParallelism } from 'node:os'
import { hexOption, integerOption, portOption, wrongUsage } from '@shredcast/protocol/cli/command'
import {
  durabilityOption,
  keepStatesOption,
  maxStoreOption,
  stateCacheOption,
} from '@shredcast/protocol/cli/datadir-options'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import {
  checkMaxSubscribers,
  maxSubscribersOption,
} from '@shredcast/protocol/cli/max-subscribers-option'
import { createNodeCommand, runNode } from '@shredcast/protocol/cli/node-command'
import { withPublishOptions } from '@shredcast/protocol/cli/publish-options'
import { checkRpcAccess, withRpcAccessOptions } from '@shredcast/protocol/cli/rpc-options'
import { REVERTED_BLOCKS_MAX } from '@shredcast/shared/chain/block-edits'
import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import { Option } from 'commander'
import { DEFAULT_POOL_LIMITS as LIMITS } from '../mempool/pool-limits.ts'
import { DEFAULT_POOL_ORDER, POOL_ORDERS } from '../mempool/pool-order.ts'
import type { LeaderOptions } from './leader-options.ts'
import { runChain } from './run-chain.ts'
import { runFixtures } from './run-fixtures.ts'

/** More than the messages of the largest block, so that an open block stays whole. */
const KEEP_MESSAGES_MIN = 100_000
const ADDRESS_BYTES = 20
const SEED_BYTES = 32
const ZERO_ADDRESS = new Uint8Array(ADDRESS_BYTES)

const command = createNodeCommand(
  'leader',
  'Runs a leader: executes blocks and streams their shreds.',
)
  .option('--dev', 'run the development chain: id 31337, ten funded accounts (default)')
  .option('--demo <per second>', 'development chain: make transactions', integerOption(1, 150))
  .option('--genesis <file>', 'run the chain of a genesis file in the format of geth')
  .option('--fixtures <path...>', 'stream the blocks of fixture files or folders, once each')
  .option(
    '--datadir <folder>',
    'where the chain is kept; a restart goes on from it ' +
      '(default with --dev: a temporary folder, removed at the end)',
  )
  .addOption(durabilityOption('what a message survives once it is sent'))
  .addOption(
    keepStatesOption(`; with --dev, whose chain may go back so far, ${REVERTED_BLOCKS_MAX}`),
  )
  .option(
    '--keep-messages <n>',
    'messages kept for subscribers that resume, a day at most',
    integerOption(KEEP_MESSAGES_MIN),
    DEFAULT_RETENTION.log.maxMessages,
  )
  .addOption(maxStoreOption())
  .addOption(stateCacheOption())
  .option('--workers <n>', 'worker threads', integerOption(1, 63), availableParallelism())
  .addOption(engineOption())
  .option('--stream-port <port>', 'shred stream; 0 takes any free port', portOption, 8560)
  .addOption(
    new Option('--http-port <port>', 'JSON-RPC over HTTP and WebSocket; 0 takes any free port')
      .argParser(portOption)
      .default(8545),
  )
  .option('--no-http', 'serve no JSON-RPC')
  .option('--http-hosts <name...>', 'host names by which JSON-RPC may be called', [])
  .option('--http-cors <origin...>', 'origins of pages that may call JSON-RPC; * is any', [])
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--stream-token <text>', 'subscribers must present it')
  .addOption(maxSubscribersOption())
  .addOption(
    new Option(
      '--signing-key <hex>',
      "seed of the signing key, 32 bytes (default: the data folder's own)",
    ).argParser(hexOption(SEED_BYTES)),
  )
  .option(
    '--block-time <ms>',
    'time between seals, 10 at least; 0 with --dev: sealed by evm_mine alone',
    integerOption(0, 3_600_000),
    1000,
  )
  .option(
    '--gas-limit <gas>',
    'gas limit that blocks step towards from the genesis',
    integerOption(5000),
    60_000_000,
  )
  .addOption(
    new Option('--beneficiary <address>', 'who earns the tips')
      .argParser(hexOption(ADDRESS_BYTES))
      .default(ZERO_ADDRESS, 'the zero address'),
  )
  .addOption(
    new Option('--order <name>', 'which waiting transaction executes next')
      .choices(POOL_ORDERS)
      .default(DEFAULT_POOL_ORDER),
  )
  .option('--pool-transactions <n>', 'in the pool', integerOption(1), LIMITS.transactions)
  .option('--pool-per-sender <n>', 'in the pool', integerOption(1), LIMITS.perSender)
  .option(
    '--pool-overtaken <n>',
    'others that may overtake a transaction',
    integerOption(0),
    LIMITS.overtaken,
  )
  .option('--minimum-tip <wei>', 'least tip per gas that the pool takes', integerOption(0), 0)
  .option('--json', 'print one JSON object a line on stdout')

withRpcAccessOptions(command)
withPublishOptions(command)

await runNode(command, async (signal, log) => {
  const options = command.opts<LeaderOptions>()
  checkRpcAccess(command)
  checkMaxSubscribers(command)
  const sources = [options.dev, options.genesis, options.fixtures].filter(Boolean)
  if (sources.length > 1) wrongUsage(command, 'choose one of --dev, --genesis and --fixtures')
  if (options.demo !== undefined && (options.genesis ?? options.fixtures) !== undefined) {
    wrongUsage(command, '--demo needs the development chain')
  }
  const isTimed = options.blockTime >= 10
  if (!isTimed && (options.blockTime > 0 || (options.genesis ?? options.fixtures) !== undefined)) {
    wrongUsage(command, '--block-time is at least 10 ms, or 0 on the development chain')
  }
  if (options.genesis !== undefined && options.datadir === undefined) {
    wrongUsage(command, '--genesis needs --datadir, the folder that keeps the chain')
  }
  if (options.fixtures !== undefined && options.datadir !== undefined) {
    wrongUsage(command, '--fixtures keeps nothing, so it takes no --datadir')
  }
  if (options.fixtures === undefined) await runChain(options, log, signal)
  else await runFixtures(options, options.fixtures, { log, signal })
})
