/** Addresses, hashes and slots as dApps give them, brought to lower case. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { InvalidArgumentError } from './dapp-errors.ts'

/**
 * @param what names the value in the error
 * @throws InvalidArgumentError
 */
export function hexArgument(value: unknown, what: string, length: number): Hex {
  const isHex = typeof value === 'string' && /^0x[0-9a-f]*$/i.test(value)
  if (isHex && value.length === 2 + 2 * length) return value.toLowerCase() as Hex
  const shown = String(value).slice(0, 80)
  throw new InvalidArgumentError(`${what} must be ${length} bytes in hex, not ${shown}`)
}

/** @throws InvalidArgumentError */
export function hexSet(values: Iterable<Hex>, what: string, length: number): ReadonlySet<Hex> {
  const set = new Set<Hex>()
  for (const value of values) set.add(hexArgument(value, what, length))
  return set
}
