/** What is the same for all executions of one block: the fork, prices, and the EVM's view of it. */

import type { EVMMockBlockchainInterface, EVMRunCallOpts } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import { blobBaseFee } from '../../chain/blob-gas.ts'
import type { BlockContext } from '../../chain/block.ts'
import type { BlobParameters, ChainConfig } from '../../chain/chain-config.ts'
import { blobParametersAt, hardforkAt } from '../../chain/chain-config.ts'
import type { Hardfork } from '../../chain/hardforks.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import { assert } from '../../primitives/assert.ts'

export type EvmBlock = NonNullable<EVMRunCallOpts['block']>

export interface BlockEnvironment {
  readonly config: ChainConfig
  readonly context: BlockContext
  readonly fork: Hardfork
  /** From Cancun on. */
  readonly blobs: BlobParameters | undefined
  /** In wei per blob gas, from Cancun on. */
  readonly blobBaseFee: bigint | undefined
  readonly evmBlock: EvmBlock
}

/** What is not as the block's context has it. */
export interface EnvironmentOverrides {
  readonly fork?: Hardfork | undefined
  /** In wei per blob gas. */
  readonly blobBaseFee?: bigint | undefined
}

export function createBlockEnvironment(
  config: ChainConfig,
  context: BlockContext,
  overrides: EnvironmentOverrides,
): BlockEnvironment {
  const { fork = hardforkAt(config, context.number, context.timestamp) } = overrides
  const hasBlobs = isAtLeast(fork, 'cancun')
  const blobs = hasBlobs ? blobParametersAt(config, context.timestamp) : undefined
  const price = blobs && blobBaseFee(context.excessBlobGas ?? 0n, blobs)
  const fee = overrides.blobBaseFee ?? price
  assert(!hasBlobs || blobs !== undefined, 'a chain with Cancun has a blob schedule')
  const evmBlock: EvmBlock = {
    header: {
      number: context.number,
      coinbase: new Address(context.beneficiary),
      timestamp: context.timestamp,
      difficulty: context.difficulty,
      prevRandao: context.prevRandao,
      gasLimit: context.gasLimit,
      ...(context.baseFeePerGas === undefined ? {} : { baseFeePerGas: context.baseFeePerGas }),
      getBlobGasPrice: () => fee,
    },
  }
  return { config, context, fork, blobs, blobBaseFee: fee, evmBlock }
}

const UNKNOWN_HASH = new Uint8Array(32)

/** Where the EVM's BLOCKHASH looks up hashes. */
export class BlockHashes implements EVMMockBlockchainInterface {
  #hashes: BlockContext['blockHashes'] = new Map()

  openBlock(context: BlockContext): void {
    this.#hashes = context.blockHashes
  }

  async getBlock(number: number): Promise<{ hash(): Uint8Array }> {
    const hash = this.#hashes.get(BigInt(number)) ?? UNKNOWN_HASH
    return { hash: () => hash }
  }

  async putBlock(): Promise<void> {
    assert(false, 'the EVM adds no blocks')
  }

  shallowCopy(): EVMMockBlockchainInterface {
    return this
  }
}
