/** What `watch` filters by, from its command line. */

import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { InvalidArgumentError } from 'commander'
import type { FilterSpec } from '../wire/shred-filter.ts'

export interface FilterArguments {
  readonly address?: readonly Uint8Array[]
  readonly topic?: readonly Uint8Array[]
  readonly slot?: readonly Uint8Array[]
  readonly sender?: readonly Uint8Array[]
  readonly selector?: readonly Uint8Array[]
}

/** Undefined when nothing is filtered by. */
export function filterOf(args: FilterArguments): FilterSpec | undefined {
  const { address, topic, slot, sender, selector } = args
  const spec: FilterSpec = {
    ...(address && { addresses: address }),
    ...(topic && { topics: topic }),
    ...(slot && { slots: slot }),
    ...(sender && { senders: sender }),
    ...(selector && { selectors: selector }),
  }
  return Object.keys(spec).length === 0 ? undefined : spec
}

/** Parser for `0xADDRESS:0xKEY`. */
export function slotOption(text: string): Uint8Array {
  const match = /^0x([\da-f]{40}):0x([\da-f]{64})$/i.exec(text)
  if (match === null) throw new InvalidArgumentError('Expected 0xADDRESS:0xKEY, 20 and 32 bytes.')
  return hexToBytes(`0x${match[1]}${match[2]}`)
}
