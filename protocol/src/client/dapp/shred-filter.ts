/** Which shreds of a stream a dApp wants to have at all: what the server is told to send. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { FilterKind } from '../../wire/filter-kinds.ts'
import { ITEM_BYTES } from '../../wire/filter-kinds.ts'
import type { FilterSpec } from '../../wire/shred-filter.ts'
import { InvalidArgumentError } from './dapp-errors.ts'
import { hexArgument } from './hex-argument.ts'

/**
 * A shred passes when it meets each condition that is given, and it meets one by any of its values.
 * Sets may be large; looking one up costs the same.
 */
export interface ShredFilter {
  /** Sender, recipient, address of a log, or an account that changed. */
  readonly addresses?: Iterable<Hex>
  /** In any place of a log's topics; 32 bytes. */
  readonly topics?: Iterable<Hex>
  /** Slots that were written. */
  readonly slots?: Iterable<AccountSlot>
  readonly senders?: Iterable<Hex>
  /** First 4 bytes of the call data of a transaction that creates nothing. */
  readonly selectors?: Iterable<Hex>
}

export interface AccountSlot {
  readonly address: Hex
  /** 32 bytes. */
  readonly key: Hex
}

/**
 * The filter as the wire has it.
 * @throws InvalidArgumentError
 */
export function filterSpec({ slots, ...others }: ShredFilter): FilterSpec {
  const spec: { [kind in FilterKind]?: readonly Uint8Array[] } = {}
  const given = { ...others, ...(slots !== undefined && { slots: joined(slots) }) }
  for (const [kind, values] of Object.entries(given) as [FilterKind, Iterable<Hex>][]) {
    const items = Array.from(values, (value) => {
      return hexToBytes(hexArgument(value, kind, ITEM_BYTES[kind]))
    })
    // On the wire no value at all of a kind means any.
    if (items.length === 0) throw new InvalidArgumentError(`a filter by ${kind} needs one at least`)
    spec[kind] = items
  }
  return spec
}

function* joined(slots: Iterable<AccountSlot>): Generator<Hex> {
  for (const { address, key } of slots) {
    yield `${hexArgument(address, 'address', 20)}${hexArgument(key, 'slot', 32).slice(2)}` as Hex
  }
}
