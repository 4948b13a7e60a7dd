/** How a block's gas limit may differ from its parent's (Yellow Paper 4.3.4, EIP-1559). */

import { ELASTICITY_MULTIPLIER } from '../base-fee.ts'
import type { Header } from '../header.ts'

const BOUND_DIVISOR = 1024n
const MIN_GAS_LIMIT = 5000n
/** geth's MaxGasLimit: 2^63 - 1. */
export const MAX_GAS_LIMIT = (1n << 63n) - 1n

/**
 * Whether `gasLimit` keeps within the step from `parent`, and above the least. `isLondon`: it is of a
 * block of London or later.
 */
export function isGasLimitInBounds(gasLimit: bigint, parent: Header, isLondon: boolean): boolean {
  const base = baseOf(parent, isLondon)
  const distance = gasLimit < base ? base - gasLimit : gasLimit - base
  return distance < base / BOUND_DIVISOR && gasLimit >= MIN_GAS_LIMIT
}

/** The limit of the block after `parent` that comes nearest to `wanted` (geth's CalcGasLimit). */
export function nextGasLimit(parent: Header, wanted: bigint, isLondon: boolean): bigint {
  const base = baseOf(parent, isLondon)
  const step = base / BOUND_DIVISOR - 1n
  const target = wanted < MIN_GAS_LIMIT ? MIN_GAS_LIMIT : wanted
  if (target > base + step) return base + step
  return target < base - step ? base - step : target
}

/** The first block of London doubles the limit, so that its target is what the limit was. */
function baseOf(parent: Header, isLondon: boolean): bigint {
  const isFirst = isLondon && parent.baseFeePerGas === undefined
  return isFirst ? parent.gasLimit * ELASTICITY_MULTIPLIER : parent.gasLimit
}
