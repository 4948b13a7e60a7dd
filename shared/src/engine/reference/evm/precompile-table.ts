/**
 * The precompiles of a fork by number. Their addresses are all zeros but for the last two bytes, so
 * that nearly every other address is told apart by a look at its first bytes.
 */

import type { PrecompileFunc } from '@ethereumjs/evm'
import { withBn254 } from './mcl-bn254.ts'

/** The precompiles that compute on BN254: addition, multiplication, pairing. */
const BN254_NUMBERS = [0x06, 0x07, 0x08]

export class PrecompileTable {
  readonly #byNumber = new Map<number, PrecompileFunc>()

  /** `precompiles` is keyed by 40 hex digits, as the EVM has them. */
  constructor(precompiles: ReadonlyMap<string, PrecompileFunc>) {
    for (const [address, run] of precompiles) {
      const number = Number.parseInt(address, 16)
      this.#byNumber.set(number, BN254_NUMBERS.includes(number) ? withBn254(run) : run)
    }
  }

  /** The precompile at a 20-byte address, if there is one. */
  at(address: Uint8Array): PrecompileFunc | undefined {
    for (let i = 0; i < 18; i++) if (address[i] !== 0) return undefined
    return this.#byNumber.get(((address[18] as number) << 8) | (address[19] as number))
  }
}
