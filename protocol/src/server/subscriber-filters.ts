/** The filters of one subscriber, within the memory that all of them share. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import type { BlockChoice, FilterItems, RefusalCode } from '../wire/control-messages.ts'
import { ITEM_BYTES } from '../wire/filter-kinds.ts'
import type { KeyHash } from '../wire/key-hash.ts'
import type { KeySet } from '../wire/key-set.ts'
import { MAX_FILTER_ITEMS, MAX_FILTERS } from '../wire/limits.ts'
import { changesOfMessage } from '../wire/message-changes.ts'
import { ShredFilter } from '../wire/shred-filter.ts'
import type { FrameContents, ReadMessage } from './frame-contents.ts'

/** What the filters of all subscribers may take, and do. */
export interface FilterMemory {
  readonly maxBytes: number
  usedBytes: number
  readonly hash: KeyHash
}

export class SubscriberFilters {
  readonly #memory: FilterMemory
  readonly #filters = new Map<string, ShredFilter>()
  #itemCount = 0

  constructor(memory: FilterMemory) {
    this.#memory = memory
  }

  itemCountOf(name: string): number {
    return this.#filters.get(name)?.itemCount ?? 0
  }

  /** Returns why the items cannot be taken; undefined when they were. */
  add({ name, kind, items }: FilterItems): RefusalCode | undefined {
    if (items.length % ITEM_BYTES[kind] !== 0) return 'badRequest'
    const count = items.length / ITEM_BYTES[kind]
    const isNew = !this.#filters.has(name)
    if (this.#itemCount + count > MAX_FILTER_ITEMS) return 'filterTooLarge'
    if (isNew && this.#filters.size === MAX_FILTERS) return 'filterTooLarge'
    const memory = this.#memory
    const filter = this.#filters.get(name) ?? new ShredFilter(memory.hash)
    const othersBytes = memory.usedBytes - filter.byteLength
    if (othersBytes + filter.byteLengthWith(kind, count) > memory.maxBytes) return 'filtersFull'
    const itemsBefore = filter.itemCount
    filter.add(kind, items)
    this.#filters.set(name, filter)
    this.#itemCount += filter.itemCount - itemsBefore
    memory.usedBytes = othersBytes + filter.byteLength
    return undefined
  }

  drop(name: string): void {
    const filter = this.#filters.get(name)
    if (filter === undefined) return
    this.#filters.delete(name)
    this.#itemCount -= filter.itemCount
    this.#memory.usedBytes -= filter.byteLength
  }

  dropAll(): void {
    for (const name of [...this.#filters.keys()]) this.drop(name)
  }

  /** Which messages of a frame from `fromSeq` on are wanted; undefined: none, as of most frames. */
  selectFrom(contents: FrameContents, fromSeq: number, blocks: BlockChoice): boolean[] | undefined {
    let wanted: boolean[] | undefined
    for (let index = 0; index < contents.messages.length; index++) {
      const read = contents.at(index)
      if (read.message.seq < fromSeq || !this.#isWanted(read, blocks)) continue
      wanted ??= contents.messages.map(() => false)
      wanted[index] = true
    }
    return wanted
  }

  /**
   * The changes of a message that are wanted: of the accounts and slots that the filters name which it
   * passes; all of a shred that passes a filter which names none. A block's system work passes all.
   */
  changesIn({ message, keys }: ReadMessage): readonly StateChange[] {
    const changes = changesOfMessage(message)
    const passed = [...this.#filters.values()].filter((filter) => {
      return keys === undefined || filter.passes(keys)
    })
    const sets = passed.map((filter) => [filter.setOf('addresses'), filter.setOf('slots')] as const)
    const namesNone = sets.some(([addresses, slots]) => !addresses && !slots)
    if (keys !== undefined && namesNone) return changes
    return changes.flatMap((change) => this.#narrowed(change, sets))
  }

  #isWanted({ message, keys }: ReadMessage, blocks: BlockChoice): boolean {
    if (message.type === 'chainReverted') return true
    if (message.type === 'blockOpened') return blocks === 'all'
    if (message.type === 'blockSealed') return blocks !== 'none'
    for (const filter of this.#filters.values()) if (filter.passes(keys!)) return true
    return false
  }

  #narrowed(
    change: StateChange,
    sets: readonly (readonly [KeySet | undefined, KeySet | undefined])[],
  ): StateChange[] {
    const { hash } = this.#memory
    const has = (set: KeySet | undefined, bytes: Uint8Array): boolean => {
      return set?.has({ bytes, hash: hash(bytes, 0, bytes.length) }) ?? false
    }
    if (sets.some(([addresses]) => has(addresses, change.address))) return [change]
    const slots = change.slots.filter(({ key }) => {
      const slot = concatBytes(change.address, key)
      return sets.some(([, named]) => has(named, slot))
    })
    const { address, storageCleared } = change
    return slots.length === 0 ? [] : [{ address, ...(storageCleared && { storageCleared }), slots }]
  }
}
