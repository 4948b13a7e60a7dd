/** The base fee of a block from its parent (EIP-1559). */

import type { Header } from './header.ts'

/** INITIAL_BASE_FEE, in wei. */
export const INITIAL_BASE_FEE = 1_000_000_000n

/** A block may use so many times its target. */
export const ELASTICITY_MULTIPLIER = 2n
const MAX_CHANGE_DENOMINATOR = 8n

/** Base fee of the block after `parent`, in wei; a parent before London gives the first one. */
export function nextBaseFee(parent: Header): bigint {
  const { baseFeePerGas, gasUsed, gasLimit } = parent
  if (baseFeePerGas === undefined) return INITIAL_BASE_FEE
  const target = gasLimit / ELASTICITY_MULTIPLIER
  if (gasUsed === target) return baseFeePerGas
  const distance = gasUsed > target ? gasUsed - target : target - gasUsed
  const change = (baseFeePerGas * distance) / target / MAX_CHANGE_DENOMINATOR
  if (gasUsed < target) return baseFeePerGas - change
  return baseFeePerGas + (change > 0n ? change : 1n)
}
