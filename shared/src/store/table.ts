/**
 * One table: bytes by bytes, in order of key. Whatever it returns has been checked. An entry that is
 * not found is only believed when its neighbours are whole and stand on either side of it: a
 * damaged key, or a damaged page on the way to it, would otherwise make it vanish without a sound.
 */

import type { Database, RangeOptions } from 'lmdb'
import { assert } from '../primitives/assert.ts'
import { bytesToHex, compareBytes } from '../primitives/bytes.ts'
import { checksumSeed, openValue, sealValue } from './checksum.ts'
import { MEND, StoreCorruptedError, storeErrorOf } from './store-error.ts'
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

/** Down to the least key there is: without an end lmdb leaves out the key of one zero byte. */
const BACKWARDS = { reverse: true, end: undefined } as unknown as RangeOptions

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
    const value = this.find(key)
    if (value === undefined) this.#assertAbsent(key)
    return value
  }

  /**
   * As `get`, but what is not found is believed not to be there. A tenth of the time, for keys that
   * were read before.
   * @throws StoreCorruptedError
   */
  find(key: Uint8Array): Uint8Array | undefined {
    const sealed = this.#database.getBinaryFast(key)
    return sealed && this.#opened(key, sealed)
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
    this.#assertBelow(start)
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
    const last = this.#nearest(BACKWARDS)
    if (last === undefined) this.#assertEmpty()
    return last
  }

  /** Of LMDB, with a count of pages for each kind. */
  stats(): object {
    return this.#database.getStats()
  }

  /** Entries at or above `start`, checked, in strictly ascending order, up to the last there is. */
  *#from(start: Uint8Array): Generator<Entry> {
    let previous: Uint8Array | undefined
    for (const entry of this.#walk({ start })) {
      const checked = this.#checked(entry)
      const order = compareBytes(checked.key, previous ?? start)
      if (order < 0 || (order === 0 && previous !== undefined)) throw this.#damaged(checked.key)
      yield checked
      previous = checked.key
    }
    // A damaged key can end LMDB's walk too early.
    if (previous !== undefined) this.#assertSame(this.last()?.key, previous)
    else this.#assertLastBelow(start)
  }

  /** A search that a damaged page led astray finds the key from one of the sides, or no order. */
  #assertAbsent(key: Uint8Array): void {
    const below = this.#nearest({ ...BACKWARDS, start: key })
    const above = this.#nearest({ start: key })
    if (below !== undefined && compareBytes(below.key, key) >= 0) throw this.#damaged(key)
    if (above !== undefined && compareBytes(above.key, key) <= 0) throw this.#damaged(key)
    if (below === undefined) this.#assertSame(this.#nearest({})?.key, above?.key)
    if (above === undefined) this.#assertLastBelow(key)
  }

  /** The entry below `key` is whole, or `key` is at the table's beginning. */
  #assertBelow(key: Uint8Array): void {
    for (const entry of this.#database.getRange({ ...BACKWARDS, start: key, limit: 2 })) {
      const order = compareBytes(this.#checked(entry).key, key)
      if (order > 0) throw this.#damaged(key)
      if (order < 0) return
    }
    const first = this.#nearest({})
    if (first === undefined) this.#assertEmpty()
    else if (compareBytes(first.key, key) < 0) throw this.#damaged(key)
  }

  #assertLastBelow(key: Uint8Array): void {
    const last = this.last()
    if (last !== undefined && compareBytes(last.key, key) >= 0) throw this.#damaged(key)
  }

  #assertSame(found: Uint8Array | undefined, expected: Uint8Array | undefined): void {
    const same = found && expected ? compareBytes(found, expected) === 0 : found === expected
    if (!same) throw this.#damaged(found ?? LOWEST_KEY)
  }

  #assertEmpty(): void {
    const { entryCount } = this.#database.getStats() as { entryCount: number }
    if (entryCount > 0) throw this.#damaged(LOWEST_KEY)
  }

  /** The entry at `start` or next to it. */
  #nearest(options: RangeOptions): Entry | undefined {
    for (const entry of this.#walk({ ...options, limit: 1 })) {
      return this.#checked(entry)
    }
    return undefined
  }

  /** LMDB's own walk, with errors of ours: whoever takes it need not be inside a snapshot. */
  *#walk(options: RangeOptions): Generator<Entry> {
    try {
      yield* this.#database.getRange(options)
    } catch (error) {
      throw storeErrorOf(error, this.#path)
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
