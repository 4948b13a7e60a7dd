/** Which shreds of a stream a dApp wants to have at all. */

import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Shred } from '../../wire/messages.ts'
import { hexSet } from './hex-argument.ts'

/**
 * A shred passes when it meets each condition that is given, and it meets one by any of its values.
 * Sets may be large; looking one up costs the same.
 */
export interface ShredFilter {
  /** Sender, recipient, address of a log, or an account that changed. */
  readonly addresses?: Iterable<Hex>
  /** In any place of a log's topics; 32 bytes. */
  readonly topics?: Iterable<Hex>
  /** Slots that were written, of whatever account; 32 bytes. */
  readonly slots?: Iterable<Hex>
  readonly senders?: Iterable<Hex>
  /** First 4 bytes of the call data of a transaction that creates nothing. */
  readonly selectors?: Iterable<Hex>
}

export type ShredPredicate = (shred: Shred) => boolean

/** @throws InvalidArgumentError */
export function shredPredicate(filter: ShredFilter): ShredPredicate {
  const { addresses, topics, slots, senders, selectors } = filter
  const conditions: ShredPredicate[] = []
  const add = (
    values: Iterable<Hex> | undefined,
    [what, length]: readonly [string, number],
    holds: (shred: Shred, isWanted: (bytes: Uint8Array) => boolean) => boolean,
  ) => {
    if (values === undefined) return
    const wanted = hexSet(values, what, length)
    const isWanted = (bytes: Uint8Array) => wanted.has(bytesToHex(bytes))
    conditions.push((shred) => holds(shred, isWanted))
  }
  // The cheapest first.
  add(senders, ['sender', 20], (shred, isWanted) => isWanted(shred.sender))
  add(selectors, ['selector', 4], hasSelector)
  add(topics, ['topic', 32], hasTopic)
  add(slots, ['slot', 32], hasSlot)
  add(addresses, ['address', 20], hasAddress)
  return (shred) => conditions.every((holds) => holds(shred))
}

type IsWanted = (bytes: Uint8Array) => boolean

function hasSelector({ transaction }: Shred, isWanted: IsWanted): boolean {
  const { to, data } = decodeTransaction(transaction)
  return to !== undefined && data.length >= 4 && isWanted(data.subarray(0, 4))
}

function hasTopic({ receipt }: Shred, isWanted: IsWanted): boolean {
  return receipt.logs.some(({ topics }) => topics.some(isWanted))
}

function hasSlot({ diff }: Shred, isWanted: IsWanted): boolean {
  return diff.changes.some(({ slots }) => slots.some(({ key }) => isWanted(key)))
}

function hasAddress({ sender, transaction, receipt, diff }: Shred, isWanted: IsWanted): boolean {
  if (isWanted(sender)) return true
  if (diff.changes.some(({ address }) => isWanted(address))) return true
  if (receipt.logs.some(({ address }) => isWanted(address))) return true
  const { to } = decodeTransaction(transaction)
  return to !== undefined && isWanted(to)
}
