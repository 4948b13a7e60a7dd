/**
 * Accounts by address.
 *
 *   0      1     bits 0-3: bytes of the nonce; bit 4: has code; bit 5: has storage; bit 6: recorded
 *   1      1     bytes of the balance
 *   2      0-8   nonce, big-endian, no leading zeros
 *          0-32  balance, the same
 *          0|32  code hash, if it has code
 */

import type { RecordedAccount } from '../../chain/state-reader.ts'
import {
  bigIntToMinimalBytes,
  bytesToBigInt,
  concatBytes,
  equalBytes,
} from '../../primitives/bytes.ts'
import { EMPTY_CODE_HASH } from '../../primitives/keccak.ts'
import type { Table } from '../table.ts'

export type StoredAccount = RecordedAccount

const LOWEST_ADDRESS = new Uint8Array(20)

const NONCE_LENGTH = 0xf
const HAS_CODE = 0x10
const HAS_STORAGE = 0x20
const IS_RECORDED = 0x40

export class AccountRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  get(address: Uint8Array): StoredAccount | undefined {
    const bytes = this.#table.get(address)
    return bytes && decodeAccount(bytes)
  }

  /** As `get`, for an account that was read before (`Table.find`). */
  find(address: Uint8Array): StoredAccount | undefined {
    const bytes = this.#table.find(address)
    return bytes && decodeAccount(bytes)
  }

  /** All accounts from address `start` on, ascending by address. */
  *all(
    start: Uint8Array = LOWEST_ADDRESS,
  ): Generator<{ address: Uint8Array; account: StoredAccount }> {
    for (const { key, value } of this.#table.range(start, undefined)) {
      yield { address: key, account: decodeAccount(value) }
    }
  }

  put(address: Uint8Array, account: StoredAccount): void {
    this.#table.put(address, encodeAccount(account))
  }

  remove(address: Uint8Array): void {
    this.#table.remove(address)
  }
}

export function encodeAccount(account: StoredAccount): Uint8Array {
  const nonce = bigIntToMinimalBytes(account.nonce)
  const balance = bigIntToMinimalBytes(account.balance)
  const hasCode = !equalBytes(account.codeHash, EMPTY_CODE_HASH)
  const flags =
    nonce.length |
    (hasCode ? HAS_CODE : 0) |
    (account.hasStorage ? HAS_STORAGE : 0) |
    (account.isRecorded ? IS_RECORDED : 0)
  const head = Uint8Array.of(flags, balance.length)
  return concatBytes(head, nonce, balance, hasCode ? account.codeHash : new Uint8Array(0))
}

/** Takes bytes whose checksum was right, so they are what `encodeAccount` gave. */
export function decodeAccount(bytes: Uint8Array): StoredAccount {
  const flags = bytes[0]!
  const balanceStart = 2 + (flags & NONCE_LENGTH)
  const balanceEnd = balanceStart + bytes[1]!
  return {
    nonce: bytesToBigInt(bytes.subarray(2, balanceStart)),
    balance: bytesToBigInt(bytes.subarray(balanceStart, balanceEnd)),
    codeHash: flags & HAS_CODE ? bytes.slice(balanceEnd) : EMPTY_CODE_HASH,
    hasStorage: (flags & HAS_STORAGE) !== 0,
    isRecorded: (flags & IS_RECORDED) !== 0,
  }
}
