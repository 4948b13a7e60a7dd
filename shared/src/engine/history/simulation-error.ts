/** Codes of `eth_simulateV1` (execution-apis). */

import type { InvalidReason } from '../reference/execution-result.ts'

export const FEE_CAP_TOO_LOW = -38012
export const BLOCK_GAS_EXCEEDED = -38015
export const BLOCK_NUMBER_INVALID = -38020
export const BLOCK_TIMESTAMP_INVALID = -38021
/** More blocks than there may be. */
export const SIMULATION_TOO_LARGE = -38026

const INVALID_PARAMS = -32602

const CODES: Partial<Record<InvalidReason, number>> = {
  'nonce too low': -38010,
  'nonce too high': -38011,
  'nonce at maximum': -38011,
  'fee cap below base fee': FEE_CAP_TOO_LOW,
  'intrinsic gas too low': -38013,
  'gas limit below floor data cost': -38013,
  'insufficient funds for gas * price + value': -38014,
  'sender is not an externally owned account': -38024,
  'initcode too large': -38025,
}

export function codeOfReason(reason: InvalidReason): number {
  return CODES[reason] ?? INVALID_PARAMS
}
