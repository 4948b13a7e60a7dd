/** The filters that a client wants, which every new connection is told. */

import type { BlockChoice, FilterItems } from '../wire/control-messages.ts'
import { createKeyHash } from '../wire/key-hash.ts'
import { MAX_FILTER_PORTION_BYTES } from '../wire/limits.ts'
import type { StreamMessage } from '../wire/messages.ts'
import type { FilterSpec } from '../wire/shred-filter.ts'
import { keysOfShred, portionsOf, ShredFilter } from '../wire/shred-filter.ts'

export interface FilterOptions {
  /** Shreds that pass any of these, by name; more can be added later. */
  readonly named: Readonly<Record<string, FilterSpec>>
  /** Which messages about blocks come as well. Default `all`. */
  readonly blocks?: BlockChoice
}

interface WantedFilter {
  readonly specs: FilterSpec[]
  readonly filter: ShredFilter
}

export class WantedFilters {
  readonly blocks: BlockChoice
  readonly #hash = createKeyHash()
  readonly #wanted = new Map<string, WantedFilter>()

  constructor({ named, blocks = 'all' }: FilterOptions) {
    this.blocks = blocks
    for (const [name, spec] of Object.entries(named)) this.add(name, spec)
  }

  add(name: string, spec: FilterSpec): void {
    const { specs, filter } = this.#wanted.get(name) ?? {
      specs: [],
      filter: new ShredFilter(this.#hash),
    }
    for (const { kind, items } of portionsOf(spec, MAX_FILTER_PORTION_BYTES)) {
      filter.add(kind, items)
    }
    this.#wanted.set(name, { specs: [...specs, spec], filter })
  }

  drop(name: string): void {
    this.#wanted.delete(name)
  }

  /** What tells a server of all filters. */
  *messages(): Generator<FilterItems> {
    for (const [name, { specs }] of this.#wanted) {
      for (const spec of specs) yield* filterMessages(name, spec)
    }
  }

  /** Names of the filters that the message passes; none for a message about blocks. */
  passedBy(message: StreamMessage): string[] {
    if (message.type !== 'shred') return []
    const keys = keysOfShred(message, this.#hash)
    return [...this.#wanted].filter(([, { filter }]) => filter.passes(keys)).map(([name]) => name)
  }
}

/** What tells a server to add to a filter. */
export function* filterMessages(name: string, spec: FilterSpec): Generator<FilterItems> {
  for (const { kind, items } of portionsOf(spec, MAX_FILTER_PORTION_BYTES)) {
    yield { type: 'filterItems', name, kind, items }
  }
}
