/** How the core is told which block comes next: the tables emptied, its context and limits in place. */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import type { BlockContext } from '../chain/block.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import { blobParametersAt } from '../chain/chain-config.ts'
import { CONTEXT_BYTES } from '../layout/control.ts'
import { CONTEXT_OFFSET, CONTROL_OFFSET } from '../layout/memory-map.ts'
import { encodeEnvironment } from './block-environment.ts'
import type { BlockOptions, Schedule } from './block-options.ts'
import { SCHEDULES } from './block-options.ts'
import type { CoreThread } from './core-thread.ts'
import { encodeOpenBlock } from './open-block.ts'

export interface BlockSetup extends BlockOptions {
  readonly context: BlockContext
  readonly schedule: Schedule
  /** The engine's own rules. */
  readonly chainConfig: ChainConfig
  readonly isTraced: boolean
}

/**
 * What is to be done behind the gate.
 * @throws BlockTooLargeError
 */
export function blockSetup(host: CoreThread, setup: BlockSetup): () => void {
  const { context, schedule, chainConfig, isTraced } = setup
  const { config = chainConfig, systemWork = true } = setup
  const ownConfig = config === chainConfig ? undefined : config
  const encoded = encodeOpenBlock({ context, config: ownConfig })
  const blobs = blobParametersAt(config, context.timestamp)?.max ?? 0
  const gasLimit = BigInt.asUintN(64, context.gasLimit)
  return () => {
    host.core.resetBlock(SCHEDULES[schedule], gasLimit, BigInt(blobs) * GAS_PER_BLOB)
    encodeEnvironment(host, context, config, { systemWork, trace: isTraced })
    host.bytes.set(encoded, CONTEXT_OFFSET)
    host.words[(CONTROL_OFFSET + CONTEXT_BYTES) >> 2] = encoded.length
  }
}
