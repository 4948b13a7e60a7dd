/** Named filters of shreds, as servers and clients match them. */

import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import type { FilterKind } from './filter-kinds.ts'
import { FILTER_KINDS, ITEM_BYTES } from './filter-kinds.ts'
import type { KeyHash } from './key-hash.ts'
import type { HashedKey } from './key-set.ts'
import { KeySet } from './key-set.ts'
import type { Shred } from './messages.ts'

/** Everything in a shred that filters look for. */
export type ShredKeys = Readonly<Record<FilterKind, readonly HashedKey[]>>

const SELECTOR_BYTES = ITEM_BYTES.selectors

/** @throws MalformedTransactionError */
export function keysOfShred(shred: Shred, hash: KeyHash): ShredKeys {
  const { receipt, diff, sender } = shred
  const { to, data } = decodeTransaction(shred.transaction)
  const hashed = (bytes: Uint8Array): HashedKey => ({ bytes, hash: hash(bytes, 0, bytes.length) })
  const senders = [hashed(sender)]
  const addresses = [...senders]
  if (to !== undefined) addresses.push(hashed(to))
  const topics: HashedKey[] = []
  for (const log of receipt.logs) {
    addresses.push(hashed(log.address))
    for (const topic of log.topics) topics.push(hashed(topic))
  }
  const slots: HashedKey[] = []
  for (const change of diff.changes) {
    addresses.push(hashed(change.address))
    for (const { key } of change.slots) slots.push(hashed(concatBytes(change.address, key)))
  }
  const isCall = to !== undefined && data.length >= SELECTOR_BYTES
  const selectors = isCall ? [hashed(data.slice(0, SELECTOR_BYTES))] : []
  return { addresses, topics, slots, senders, selectors }
}

/** A shred passes when for each kind that has items it has one of them; a filter without items: any. */
export class ShredFilter {
  readonly #sets = new Map<FilterKind, KeySet>()
  readonly #hash: KeyHash

  constructor(hash: KeyHash) {
    this.#hash = hash
  }

  get itemCount(): number {
    return this.#sum((set) => set.size)
  }

  get byteLength(): number {
    return this.#sum((set) => set.byteLength)
  }

  /** What `byteLength` is at most when `count` more items have been added. */
  byteLengthWith(kind: FilterKind, count: number): number {
    const set = this.#setOrEmpty(kind)
    return this.byteLength - set.byteLength + set.byteLengthWith(count)
  }

  /** `items` one after the other, each ITEM_BYTES long. */
  add(kind: FilterKind, items: Uint8Array): void {
    if (items.length === 0) return
    const set = this.#setOrEmpty(kind)
    set.addAll(items)
    this.#sets.set(kind, set)
  }

  passes(keys: ShredKeys): boolean {
    for (const [kind, set] of this.#sets) {
      if (!keys[kind].some((key) => set.has(key))) return false
    }
    return true
  }

  /** The items of one kind, if it has any. */
  setOf(kind: FilterKind): KeySet | undefined {
    return this.#sets.get(kind)
  }

  #setOrEmpty(kind: FilterKind): KeySet {
    return this.#sets.get(kind) ?? new KeySet(ITEM_BYTES[kind], this.#hash)
  }

  #sum(of: (set: KeySet) => number): number {
    return [...this.#sets.values()].reduce((sum, set) => sum + of(set), 0)
  }
}

/** What a filter is made of: items of each kind. */
export type FilterSpec = Partial<Readonly<Record<FilterKind, readonly Uint8Array[]>>>

/** Kinds and items of a filter in portions of at most `maxBytes`; one that is empty, if it has none. */
export function* portionsOf(
  spec: FilterSpec,
  maxBytes: number,
): Generator<{ readonly kind: FilterKind; readonly items: Uint8Array }> {
  if (FILTER_KINDS.every((kind) => (spec[kind] ?? []).length === 0)) {
    yield { kind: 'addresses', items: new Uint8Array(0) }
  }
  for (const kind of FILTER_KINDS) {
    const items = spec[kind] ?? []
    const portion = Math.floor(maxBytes / ITEM_BYTES[kind])
    for (let start = 0; start < items.length; start += portion) {
      yield { kind, items: concatBytes(...items.slice(start, start + portion)) }
    }
  }
}
