/** Storage slots by address and key. Values are kept without leading zeros; zero is not kept. */

import { concatBytes } from '../../primitives/bytes.ts'
import { afterPrefix } from '../keys.ts'
import type { Table } from '../table.ts'

export const ADDRESS_BYTES = 20
export const WORD_BYTES = 32
const NOTHING = new Uint8Array(0)

export class SlotRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** 32 bytes, zero when nothing is stored. */
  get(address: Uint8Array, key: Uint8Array): Uint8Array {
    return wordOf(this.#table.get(concatBytes(address, key)) ?? NOTHING)
  }

  /** As `get`, for a slot that was read before (`Table.find`). */
  find(address: Uint8Array, key: Uint8Array): Uint8Array {
    return wordOf(this.#table.find(concatBytes(address, key)) ?? NOTHING)
  }

  /** Stores 32 bytes; zero removes the slot. */
  put(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    const place = concatBytes(address, key)
    const minimal = minimalWord(value)
    if (minimal.length > 0) this.#table.put(place, minimal)
    else this.#table.remove(place)
  }

  /** The account's slots from key `start` on, ascending by key, values of 32 bytes. */
  *ofAccount(
    address: Uint8Array,
    start: Uint8Array = NOTHING,
  ): Generator<{ key: Uint8Array; value: Uint8Array }> {
    const range = this.#table.range(concatBytes(address, start), afterPrefix(address))
    for (const { key, value } of range) {
      yield { key: key.slice(ADDRESS_BYTES), value: wordOf(value) }
    }
  }

  hasAny(address: Uint8Array): boolean {
    return this.#table.first(address, afterPrefix(address)) !== undefined
  }
}

/** The word without its leading zeros. */
export function minimalWord(word: Uint8Array): Uint8Array {
  let start = 0
  while (start < word.length && word[start] === 0) start++
  return word.subarray(start)
}

/** 32 bytes of a word without leading zeros. */
export function wordOf(minimal: Uint8Array): Uint8Array {
  const word = new Uint8Array(WORD_BYTES)
  word.set(minimal, WORD_BYTES - minimal.length)
  return word
}
