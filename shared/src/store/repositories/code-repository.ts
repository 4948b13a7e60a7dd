/** Contract code by its hash, each once however many accounts have it. */

import type { Table } from '../table.ts'

export class CodeRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.#table.get(hash)
  }

  /** All code from `start` on, ascending by hash. */
  *all(start: Uint8Array): Generator<{ hash: Uint8Array; code: Uint8Array }> {
    for (const { key, value } of this.#table.range(start, undefined)) {
      yield { hash: key, code: value }
    }
  }

  /** Stores code under its hash, unless it is there. */
  add(hash: Uint8Array, code: Uint8Array): void {
    if (this.#table.find(hash) === undefined) this.#table.put(hash, code)
  }
}
