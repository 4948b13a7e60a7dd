/**
 * The precompiles 0x06 to 0x08 as `@ethereumjs/evm` wants them, on the engine's own BN254, which
 * takes a tenth of the time that its JavaScript takes.
 */

import type { EVMBN254Interface, PrecompileFunc } from '@ethereumjs/evm'
import { EVMError } from '@ethereumjs/evm'
import { Bn254 } from '../../precompiles/bn254.ts'
import { Library } from '../../precompiles/library.ts'
import { FAILED } from '../../precompiles/outcome.ts'

const OUTPUT_BYTES_MAX = 64

const library = new Library(() => Bn254.start())

/** The precompile, which waits for the library where it has to. */
export function withBn254(run: PrecompileFunc): PrecompileFunc {
  return async (input) => {
    await library.load()
    return run(input)
  }
}

/** To be called through `withBn254`. All throw EVMError at points that are none. */
export const MCL_BN254: EVMBN254Interface = {
  add: (input) => outputOf((output) => library.get().add(input, output)),
  mul: (input) => outputOf((output) => library.get().mul(input, output)),
  pairing: (input) => outputOf((output) => library.get().pairing(input, output)),
}

function outputOf(run: (output: Uint8Array) => number): Uint8Array {
  const output = new Uint8Array(OUTPUT_BYTES_MAX)
  const length = run(output)
  if (length === FAILED) throw new EVMError(EVMError.errorMessages.REVERT)
  return output.subarray(0, length)
}
