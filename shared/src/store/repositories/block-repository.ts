/** Sealed blocks by number: header, body and receipts, and the numbers of blocks by their hash. */

import type { Header } from '../../chain/header.ts'
import { decodeHeader, encodeHeader } from '../../chain/header.ts'
import type { Receipt } from '../../chain/receipt.ts'
import { numberAt, numberKey } from '../keys.ts'
import type { Table } from '../table.ts'
import type { BlockBody } from './body-codec.ts'
import { decodeBody, encodeBody } from './body-codec.ts'
import { decodeReceipts, encodeReceipts } from './receipts-codec.ts'

export interface BlockTables {
  readonly headers: Table
  readonly blockNumbers: Table
  readonly bodies: Table
  readonly receipts: Table
}

export interface StoredBlock {
  readonly header: Header
  readonly hash: Uint8Array
  readonly body: BlockBody
  readonly receipts: readonly Receipt[]
}

export class BlockRepository {
  readonly #tables: BlockTables

  constructor(tables: BlockTables) {
    this.#tables = tables
  }

  header(number: bigint): Header | undefined {
    const bytes = this.#tables.headers.get(numberKey(number))
    return bytes && decodeHeader(bytes)
  }

  body(number: bigint): BlockBody | undefined {
    const bytes = this.#tables.bodies.get(numberKey(number))
    return bytes && decodeBody(bytes)
  }

  receipts(number: bigint): Receipt[] | undefined {
    const bytes = this.#tables.receipts.get(numberKey(number))
    return bytes && decodeReceipts(bytes)
  }

  /** Body and receipts as they are stored; undefined when the block, or its content, is not there. */
  contentBytes(number: bigint): { body: Uint8Array; receipts: Uint8Array } | undefined {
    const key = numberKey(number)
    const body = this.#tables.bodies.get(key)
    const receipts = this.#tables.receipts.get(key)
    return body && receipts && { body, receipts }
  }

  numberOf(hash: Uint8Array): bigint | undefined {
    const bytes = this.#tables.blockNumbers.get(hash)
    return bytes && numberAt(bytes)
  }

  put({ header, hash, body, receipts }: StoredBlock): void {
    const key = numberKey(header.number)
    this.putHeader(header, hash)
    this.#tables.bodies.put(key, encodeBody(body))
    this.#tables.receipts.put(key, encodeReceipts(receipts))
  }

  /** Of a block whose content is not kept. */
  putHeader(header: Header, hash: Uint8Array): void {
    const key = numberKey(header.number)
    this.#tables.headers.put(key, encodeHeader(header))
    this.#tables.blockNumbers.put(hash, key)
  }

  remove(number: bigint, hash: Uint8Array): void {
    const key = numberKey(number)
    this.#tables.headers.remove(key)
    this.#tables.blockNumbers.remove(hash)
    this.#tables.bodies.remove(key)
    this.#tables.receipts.remove(key)
  }
}
