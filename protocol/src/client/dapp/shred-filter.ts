/** Which shreds of a stream a dApp wants to have at all. */

import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import type { Shred } from '../../wire/messages.ts'
import { InvalidArgumentError } from './dapp-errors.ts'
import { hexArgument, hexSet } from './hex-argument.ts'

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

/** Address and key. */
const SLOT_BYTES = 52

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
    // To a server, no value at all of a kind means any.
    if (wanted.size === 0) throw new InvalidArgumentError(`a filter by ${what} needs one at least`)
    const isWanted = (bytes: Uint8Array) => wanted.has(bytesToHex(bytes))
    conditions.push((shred) => holds(shred, isWanted))
  }
  // The cheapest first.
  add(senders, ['sender', 20], (shred, isWanted) => isWanted(shred.sender))
  add(selectors, ['selector', 4], hasSelector)
  add(topics, ['topic', 32], hasTopic)
  add(slots && joined(slots), ['slot', SLOT_BYTES], hasSlot)
  add(addresses, ['address', 20], hasAddress)
  return (shred) => conditions.every((holds) => holds(shred))
}

function* joined(slots: Iterable<AccountSlot>): Generator<Hex> {
  for (const { address, key } of slots) {
    yield `${hexArgument(address, 'address', 20)}${hexArgument(key, 'slot', 32).slice(2)}` as Hex
  }
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
  return diff.changes.some(({ address, slots }) => {
    return slots.some(({ key }) => isWanted(concatBytes(address, key)))
  })
}

function hasAddress({ sender, transaction, receipt, diff }: Shred, isWanted: IsWanted): boolean {
  if (isWanted(sender)) return true
  if (diff.changes.some(({ address }) => isWanted(address))) return true
  if (receipt.logs.some(({ address }) => isWanted(address))) return true
  const { to } = decodeTransaction(transaction)
  return to !== undefined && isWanted(to)
}
