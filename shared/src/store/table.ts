/**
 * One table: bytes by bytes, in order of key. Whatever it returns has been checked. An entry that is
 * not found is only believed when its neighbours are whole and stand on either side of it: a
 * damaged key, or a damaged page on the way to it, would otherwise make it vanish without a sound.
 */

import type { Database } from 'lmdb'
import { assert } from '../primitives/assert.ts'
import { bytesToHex, compareBytes } from '../primitives/bytes.ts'
import { checksumSeed, openValue, sealValue } from './checksum.ts'
import { MEND, StoreCorruptedError } from './store-error.ts'
import type { TableDefinition } from './tables.ts'

export interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

interface TableOptions {
  readonly database: Database<Uint8Array, Uint8Array>
  readonly definition: TableDefinition
  readonly path: string
  readonly isWriting: () => boolean
}

const LOWEST_KEY = Uint8Array.of(0)

export class Table {
  readonly name: string
  readonly #database: Database<Uint8Array, Uint8Array>
  readonly #seed: number
  readonly #path: string
  readonly #isWriting: () => boolean

  constructor({ database, definition, path, isWriting }: TableOptions) {
    this.name = definition.name
    this.#database = database
    this.#seed = checksumSeed(definition.id)
    this.#path = path
    this.#isWriting = isWriting
  }

  /** @throws StoreCorruptedError */
  get(key: Uint8Array): Uint8Array | undefined {
    const sealed = this.#database.getBinaryFast(key)
    if (sealed !== undefined) return this.#opened(key, sealed)
    this.first(key)
    return undefined
  }

  /** Within a transaction only. */
  put(key: Uint8Array, value: Uint8Array): void {
    assert(this.#isWriting(), 'a table is written in a transaction')
    this.#database.put(key, sealValue(this.#seed, key, value))
  }

  /** Within a transaction only. */
  remove(key: Uint8Array): void {
    assert(this.#isWriting(), 'a table is written in a transaction')
    this.#database.remove(key)
  }

  /**
   * Entries from `start` up to `end` (undefined: to the table's end), ascending. The table must not be
   * changed while they are taken.
   * @throws StoreCorruptedError
   */
  *range(start: Uint8Array, end: Uint8Array | undefined): Generator<Entry> {
    this.#below(start)
    for (const entry of this.#from(start)) {
      if (end !== undefined && compareBytes(entry.key, end) >= 0) return
      yield entry
    }
  }

  /** The entry with the least key from `start` up to `end`. */
  first(start: Uint8Array = LOWEST_KEY, end?: Uint8Array): Entry | undefined {
    for (const entry of this.range(start, end)) return entry
    return undefined
  }

  /** The entry with the greatest key. */
  last(): Entry | undefined {
    for (const entry of this.#database.getRange({ reverse: true, limit: 1 })) {
      return this.#checked(entry)
    }
    return undefined
  }

  /** Of LMDB, with a count of pages for each kind. */
  stats(): object {
    return this.#database.getStats()
  }

  /** Entries at or above `start`, checked, in strictly ascending order. */
  *#from(start: Uint8Array): Generator<Entry> {
    let previous: Uint8Array | undefined
    for (const entry of this.#database.getRange({ start })) {
      const checked = this.#checked(entry)
      const order = compareBytes(checked.key, previous ?? start)
      if (order < 0 || (order === 0 && previous !== undefined)) throw this.#damaged(checked.key)
      yield checked
      previous = checked.key
    }
  }

  /** Checks the entry below `key`. */
  #below(key: Uint8Array): void {
    for (const entry of this.#database.getRange({ start: key, reverse: true, limit: 2 })) {
      const order = compareBytes(this.#checked(entry).key, key)
      if (order > 0) throw this.#damaged(entry.key)
      if (order < 0) return
    }
  }

  #checked(entry: Entry): Entry {
    const key = Uint8Array.from(entry.key)
    return { key, value: this.#opened(key, entry.value) }
  }

  #opened(key: Uint8Array, sealed: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length)
    const value = openValue(this.#seed, key, bytes)
    if (value === undefined) throw this.#damaged(key)
    return value
  }

  #damaged(key: Uint8Array): StoreCorruptedError {
    return new StoreCorruptedError(
      `${this.#path} is damaged at ${this.name} ${bytesToHex(key)}: ${MEND}`,
    )
  }
}
