/** The price of blob gas and how a block's excess follows from its parent (EIP-4844, EIP-7918). */

import type { BlobParameters } from './chain-config.ts'
import type { Hardfork } from './hardforks.ts'
import { isAtLeast } from './hardforks.ts'
import type { Header } from './header.ts'

export const GAS_PER_BLOB = 131072n
const MIN_BLOB_BASE_FEE = 1n
/** EIP-7918: execution gas that a blob's price is tied to. */
const BLOB_BASE_COST = 8192n

/** Wei per blob gas in a block with this excess. */
export function blobBaseFee(excessBlobGas: bigint, parameters: BlobParameters): bigint {
  return fakeExponential(MIN_BLOB_BASE_FEE, excessBlobGas, parameters.baseFeeUpdateFraction)
}

/** Excess blob gas of the block after `parent`, under the parameters of that block. */
export function nextExcessBlobGas(
  parent: Header,
  parameters: BlobParameters,
  fork: Hardfork,
): bigint {
  const excess = parent.excessBlobGas ?? 0n
  const used = parent.blobGasUsed ?? 0n
  const target = BigInt(parameters.target) * GAS_PER_BLOB
  if (excess + used < target) return 0n
  const isPriceTied =
    isAtLeast(fork, 'osaka') &&
    BLOB_BASE_COST * (parent.baseFeePerGas ?? 0n) > GAS_PER_BLOB * blobBaseFee(excess, parameters)
  if (!isPriceTied) return excess + used - target
  return excess + (used * BigInt(parameters.max - parameters.target)) / BigInt(parameters.max)
}

/** About `factor * e ** (numerator / denominator)`, by the EIP's Taylor series in integers. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let sum = 0n
  let term = factor * denominator
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * numerator) / (denominator * i)
  }
  return sum / denominator
}
