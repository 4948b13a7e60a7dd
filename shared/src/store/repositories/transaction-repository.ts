/** Where a transaction stands in the chain, by its hash: block number (8 bytes) and index (4). */

import { concatBytes } from '../../primitives/bytes.ts'
import { numberAt, numberKey } from '../keys.ts'
import type { Table } from '../table.ts'

export interface TransactionPlace {
  readonly blockNumber: bigint
  readonly index: number
}

const INDEX_OFFSET = 8

export class TransactionRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  placeOf(hash: Uint8Array): TransactionPlace | undefined {
    const bytes = this.#table.get(hash)
    if (bytes === undefined) return undefined
    const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(INDEX_OFFSET)
    return { blockNumber: numberAt(bytes), index }
  }

  put(hash: Uint8Array, { blockNumber, index }: TransactionPlace): void {
    const indexBytes = new Uint8Array(4)
    new DataView(indexBytes.buffer).setUint32(0, index)
    this.#table.put(hash, concatBytes(numberKey(blockNumber), indexBytes))
  }

  remove(hash: Uint8Array): void {
    this.#table.remove(hash)
  }
}
