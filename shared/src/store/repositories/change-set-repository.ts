/**
 * What each block changed, as Erigon keeps it: for every account and slot that block N wrote, the
 * value before N, under (key, N). The state at block B is then, for each key, the first such value of
 * a block above B, or else the current one. A list of the keys by block serves unwinding and pruning.
 *
 *   changed keys: block number (8) ++ part (4) -> keys, each behind its length (20 or 52, one byte)
 */

import { bytesToHex, concatBytes, equalBytes } from '../../primitives/bytes.ts'
import { afterPrefix, NUMBER_BYTES, numberAt, numberKey } from '../keys.ts'
import { MEND, StoreCorruptedError } from '../store-error.ts'
import type { Entry, Table } from '../table.ts'
import type { StoredAccount } from './account-repository.ts'
import { decodeAccount, encodeAccount } from './account-repository.ts'
import { ADDRESS_BYTES, minimalWord, wordOf } from './slot-repository.ts'

export interface AccountBefore {
  readonly address: Uint8Array
  /** Undefined: there was no such account. */
  readonly before: StoredAccount | undefined
}

export interface SlotBefore {
  readonly address: Uint8Array
  readonly key: Uint8Array
  /** 32 bytes. */
  readonly before: Uint8Array
}

/** The values before a block of all that it changed. */
export interface ChangeSet {
  readonly accounts: readonly AccountBefore[]
  readonly slots: readonly SlotBefore[]
}

export interface ChangeSetTables {
  readonly accountChanges: Table
  readonly slotChanges: Table
  readonly changedKeys: Table
}

/** One page of LMDB's holds so much of a value, its header and checksum taken off. */
const PART_BYTES = 4070

const ABSENT = new Uint8Array(0)

export class ChangeSetRepository {
  readonly #tables: ChangeSetTables

  constructor(tables: ChangeSetTables) {
    this.#tables = tables
  }

  put(number: bigint, { accounts, slots }: ChangeSet): void {
    const keys: Uint8Array[] = []
    for (const { address, before } of accounts) {
      keys.push(address)
      const value = before === undefined ? ABSENT : encodeAccount(before)
      this.#tables.accountChanges.put(changeKey(address, number), value)
    }
    for (const { address, key, before } of slots) {
      const place = concatBytes(address, key)
      keys.push(place)
      this.#tables.slotChanges.put(changeKey(place, number), minimalWord(before))
    }
    for (const [part, bytes] of partsOf(keys).entries()) {
      this.#tables.changedKeys.put(partKey(number, part), bytes)
    }
  }

  /** The account before the first block above `number` that changed it; undefined when none did. */
  accountAfter(address: Uint8Array, number: bigint): AccountBefore | undefined {
    const bytes = firstChange(this.#tables.accountChanges, address, number)
    return bytes && { address, before: accountOf(bytes) }
  }

  /** The slot's 32 bytes before the first block above `number` that changed it. */
  slotAfter(address: Uint8Array, key: Uint8Array, number: bigint): Uint8Array | undefined {
    const bytes = firstChange(this.#tables.slotChanges, concatBytes(address, key), number)
    return bytes && wordOf(bytes)
  }

  /** All accounts from address `start` on that a block above `number` changed, as before that block. */
  *accountsAfter(start: Uint8Array, number: bigint): Generator<AccountBefore> {
    for (const { key, value } of firstChanges(this.#tables.accountChanges, { start, number })) {
      yield { address: key, before: accountOf(value) }
    }
  }

  /** The same of the account's slots from key `start` on. */
  *slotsAfter(address: Uint8Array, start: Uint8Array, number: bigint): Generator<SlotBefore> {
    const range = { start: concatBytes(address, start), end: afterPrefix(address), number }
    for (const { key, value } of firstChanges(this.#tables.slotChanges, range)) {
      yield { address, key: key.slice(ADDRESS_BYTES), before: wordOf(value) }
    }
  }

  get(number: bigint): ChangeSet {
    const accounts: AccountBefore[] = []
    const slots: SlotBefore[] = []
    for (const part of this.#partsOf(number)) {
      for (const key of keysIn(part.value)) {
        const bytes = this.#valueBefore(key, number)
        const address = key.slice(0, ADDRESS_BYTES)
        if (key.length === ADDRESS_BYTES) accounts.push({ address, before: accountOf(bytes) })
        else slots.push({ address, key: key.slice(ADDRESS_BYTES), before: wordOf(bytes) })
      }
    }
    return { accounts, slots }
  }

  remove(number: bigint): void {
    for (const part of this.#partsOf(number)) this.#removePart(part)
  }

  /** Removes change sets of blocks up to `last`, the oldest first, and about `keyCount` keys at most; returns how many. */
  prune(last: bigint, keyCount: number): number {
    const parts: Entry[] = []
    let count = 0
    for (const part of this.#tables.changedKeys.range(numberKey(0n), numberKey(last + 1n))) {
      parts.push(part)
      count += keysIn(part.value).length
      if (count >= keyCount) break
    }
    for (const part of parts) this.#removePart(part)
    return count
  }

  #partsOf(number: bigint): Entry[] {
    const prefix = numberKey(number)
    return [...this.#tables.changedKeys.range(prefix, afterPrefix(prefix))]
  }

  #removePart({ key, value }: Entry): void {
    const number = numberAt(key)
    for (const changed of keysIn(value)) {
      this.#tableOf(changed).remove(changeKey(changed, number))
    }
    this.#tables.changedKeys.remove(key)
  }

  #valueBefore(key: Uint8Array, number: bigint): Uint8Array {
    const bytes = this.#tableOf(key).get(changeKey(key, number))
    if (bytes !== undefined) return bytes
    throw new StoreCorruptedError(`block ${number} lacks its change of ${bytesToHex(key)}: ${MEND}`)
  }

  #tableOf(key: Uint8Array): Table {
    return key.length === ADDRESS_BYTES ? this.#tables.accountChanges : this.#tables.slotChanges
  }
}

function changeKey(key: Uint8Array, number: bigint): Uint8Array {
  return concatBytes(key, numberKey(number))
}

function firstChange(table: Table, key: Uint8Array, number: bigint): Uint8Array | undefined {
  return table.first(changeKey(key, number + 1n), afterPrefix(key))?.value
}

/** The first value above block `number` of each key that has one. */
function* firstChanges(
  table: Table,
  { start, end, number }: { start: Uint8Array; end?: Uint8Array | undefined; number: bigint },
): Generator<Entry> {
  let previous: Uint8Array | undefined
  for (const { key: place, value } of table.range(start, end)) {
    const split = place.length - NUMBER_BYTES
    const key = place.subarray(0, split)
    const isFirst = previous === undefined || !equalBytes(previous, key)
    if (!isFirst || numberAt(place, split) <= number) continue
    previous = key
    yield { key, value }
  }
}

function accountOf(bytes: Uint8Array): StoredAccount | undefined {
  return bytes.length === 0 ? undefined : decodeAccount(bytes)
}

function partKey(number: bigint, part: number): Uint8Array {
  const key = concatBytes(numberKey(number), new Uint8Array(4))
  new DataView(key.buffer).setUint32(8, part)
  return key
}

function partsOf(keys: readonly Uint8Array[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  let pieces: Uint8Array[] = []
  let length = 0
  for (const key of keys) {
    if (length + 1 + key.length > PART_BYTES) {
      parts.push(concatBytes(...pieces))
      pieces = []
      length = 0
    }
    pieces.push(Uint8Array.of(key.length), key)
    length += 1 + key.length
  }
  if (length > 0) parts.push(concatBytes(...pieces))
  return parts
}

function keysIn(part: Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = []
  for (let offset = 0; offset < part.length; offset += 1 + part[offset]!) {
    keys.push(part.slice(offset + 1, offset + 1 + part[offset]!))
  }
  return keys
}
