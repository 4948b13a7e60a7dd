/**
 * A set of keys of one length in two flat arrays: the keys one after the other, and a table of their
 * numbers with open addressing, at most half full. A million addresses are 28 MiB.
 */

import type { KeyHash } from './key-hash.ts'

/** A key to look up, with its hash, which is the same in every set of one `KeyHash`. */
export interface HashedKey {
  readonly bytes: Uint8Array
  readonly hash: number
}

const SMALLEST = 4
const TABLE_ENTRY_BYTES = 4

export class KeySet {
  readonly #keyBytes: number
  readonly #hash: KeyHash
  #keys: Uint8Array
  /** Number of the key plus one; 0 is free. */
  #table: Int32Array
  #size = 0

  constructor(keyBytes: number, hash: KeyHash) {
    this.#keyBytes = keyBytes
    this.#hash = hash
    this.#keys = new Uint8Array(SMALLEST * keyBytes)
    this.#table = new Int32Array(2 * SMALLEST)
  }

  get size(): number {
    return this.#size
  }

  get byteLength(): number {
    return this.#keys.length + this.#table.byteLength
  }

  /** What `byteLength` is at most after `count` more keys. */
  byteLengthWith(count: number): number {
    let capacity = this.#table.length / 2
    while (capacity < this.#size + count) capacity *= 2
    return capacity * (this.#keyBytes + 2 * TABLE_ENTRY_BYTES)
  }

  /** Adds the keys that stand in `bytes` one after the other; those that are there already are not. */
  addAll(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; offset += this.#keyBytes) this.#add(bytes, offset)
  }

  has({ bytes, hash }: HashedKey): boolean {
    return this.#table[this.#placeOf(bytes, 0, hash)] !== 0
  }

  #add(bytes: Uint8Array, offset: number): void {
    const place = this.#placeOf(bytes, offset, this.#hash(bytes, offset, this.#keyBytes))
    if (this.#table[place] !== 0) return
    const start = this.#size * this.#keyBytes
    if (start === this.#keys.length) {
      this.#grow()
      this.#add(bytes, offset)
      return
    }
    this.#keys.set(bytes.subarray(offset, offset + this.#keyBytes), start)
    this.#table[place] = ++this.#size
  }

  /** Where the key is in the table, or where it would go. */
  #placeOf(bytes: Uint8Array, offset: number, hash: number): number {
    const mask = this.#table.length - 1
    let place = hash & mask
    for (;;) {
      const number = this.#table[place]!
      if (number === 0 || this.#isKey(number - 1, bytes, offset)) return place
      place = (place + 1) & mask
    }
  }

  #isKey(index: number, bytes: Uint8Array, offset: number): boolean {
    const start = index * this.#keyBytes
    for (let i = 0; i < this.#keyBytes; i++) {
      if (this.#keys[start + i] !== bytes[offset + i]) return false
    }
    return true
  }

  #grow(): void {
    const keys = new Uint8Array(2 * this.#keys.length)
    keys.set(this.#keys)
    this.#keys = keys
    this.#table = new Int32Array(2 * this.#table.length)
    for (let index = 0; index < this.#size; index++) {
      const offset = index * this.#keyBytes
      const place = this.#placeOf(keys, offset, this.#hash(keys, offset, this.#keyBytes))
      this.#table[place] = index + 1
    }
  }
}
