/** Which shreds a watcher wants to see. */

import type { Transaction } from '@shredcast/shared/chain/transaction'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Shred } from '../wire/messages.ts'

/** A shred passes when it has one of the addresses and one of the topics; none given means any. */
export interface ShredFilter {
  /** As sender, recipient, address of a log, or account that changed. */
  readonly addresses: readonly Uint8Array[]
  /** In any place of a log's topics. */
  readonly topics: readonly Uint8Array[]
}

export function isFiltering(filter: ShredFilter): boolean {
  return filter.addresses.length > 0 || filter.topics.length > 0
}

/** `transaction` is the shred's, decoded. */
export function passes(filter: ShredFilter, shred: Shred, transaction: Transaction): boolean {
  const { addresses, topics } = filter
  return (
    (addresses.length === 0 || addresses.some((one) => hasAddress(shred, transaction, one))) &&
    (topics.length === 0 || topics.some((one) => hasTopic(shred, one)))
  )
}

function hasAddress(shred: Shred, transaction: Transaction, address: Uint8Array): boolean {
  return (
    equalBytes(shred.sender, address) ||
    (transaction.to !== undefined && equalBytes(transaction.to, address)) ||
    shred.receipt.logs.some((log) => equalBytes(log.address, address)) ||
    shred.diff.changes.some((change) => equalBytes(change.address, address))
  )
}

function hasTopic(shred: Shred, topic: Uint8Array): boolean {
  return shred.receipt.logs.some((log) => log.topics.some((one) => equalBytes(one, topic)))
}
