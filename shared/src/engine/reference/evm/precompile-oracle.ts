/** The precompiles as `@ethereumjs/evm` has them in JavaScript alone: the oracle of tests. */

import { EVM, NobleBLS, NobleBN254 } from '@ethereumjs/evm'
import type { Hardfork } from '../../../chain/hardforks.ts'
import { BlockHashes } from '../block-environment.ts'
import { createCommon } from './pinned-common.ts'
import { ReferenceEvm } from './reference-evm.ts'

export const NOBLE_BN254 = new NobleBN254()

export interface OracleAnswer {
  readonly gasUsed: bigint
  /** Undefined when the precompile failed, which costs all gas. */
  readonly output: Uint8Array | undefined
}

export class PrecompileOracle {
  readonly #evm: EVM

  constructor(fork: Hardfork) {
    const common = createCommon(1n, fork)
    const { stateManager, blockchain } = new ReferenceEvm(common, new BlockHashes())
    const curves = { bn254: NOBLE_BN254, bls: new NobleBLS() }
    this.#evm = new EVM({ common, stateManager, blockchain, ...curves })
  }

  /** Undefined when the fork has no precompile of this number. */
  async run(number: number, input: Uint8Array, gas: bigint): Promise<OracleAnswer | undefined> {
    const run = this.#evm.getPrecompile(`0x${number.toString(16).padStart(40, '0')}`)
    if (run === undefined) return undefined
    const { common } = this.#evm
    const result = await run({ data: input, gasLimit: gas, common, _EVM: this.#evm })
    const isFailed = result.exceptionError !== undefined
    return {
      gasUsed: result.executionGasUsed,
      output: isFailed ? undefined : Uint8Array.from(result.returnValue),
    }
  }
}
