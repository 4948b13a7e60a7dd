/** What BLOCKHASH may ask for in a block: the hashes of the stored blocks before it. */

import { BLOCK_HASH_COUNT } from '../../chain/block.ts'
import type { Header } from '../../chain/header.ts'
import type { HistoryReader } from '../../chain/history-reader.ts'
import { assert } from '../../primitives/assert.ts'
import { bytesToHex, equalBytes } from '../../primitives/bytes.ts'

/** Keeps the last answer: jobs about one block come together, and it takes up to 256 headers. */
export class BlockHashes {
  readonly #reader: HistoryReader
  #parentHash: Uint8Array | undefined
  #hashes: ReadonlyMap<bigint, Uint8Array> = new Map()

  constructor(reader: HistoryReader) {
    this.#reader = reader
  }

  before({ number, parentHash }: Header): ReadonlyMap<bigint, Uint8Array> {
    if (this.#parentHash !== undefined && equalBytes(this.#parentHash, parentHash)) {
      return this.#hashes
    }
    const hashes = new Map<bigint, Uint8Array>()
    const oldest = number > BLOCK_HASH_COUNT ? number - BLOCK_HASH_COUNT : 0n
    let hash = parentHash
    for (let above = number - 1n; above >= oldest; above--) {
      hashes.set(above, hash)
      const header = this.#reader.header(above)
      assert(header !== undefined, `block ${above}, ${bytesToHex(hash)}, is stored`)
      hash = header.parentHash
    }
    this.#parentHash = parentHash
    this.#hashes = hashes
    return hashes
  }
}
