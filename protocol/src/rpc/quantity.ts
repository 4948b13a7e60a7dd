/** Integers as JSON-RPC writes them: hex without leading zeros. */

import type { Hex } from '@shredcast/shared/primitives/bytes'

/** @param value not negative */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}
