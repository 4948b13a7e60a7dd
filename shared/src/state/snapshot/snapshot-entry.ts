/**
 * What a snapshot consists of: entries in one order, cut into chunks between any two of them. First all
 * code, by hash; then the accounts, by address, each with its slots behind it, by key; then the content
 * of the snapshot's block, in pieces.
 *
 *   code      00   length (4)     the code
 *   account   01   address (20)   length (1)   the account as it is stored
 *   slot      02   key (32)       length (1)   the value without leading zeros
 *   block     03   length (4)     a piece of the block's content
 *
 * Numbers are big-endian. A slot is of the account before it, in the chunk or before the chunk.
 */

import { BaseError } from '../../primitives/base-error.ts'
import { bytesToHex, concatBytes, equalBytes } from '../../primitives/bytes.ts'
import { EMPTY_CODE_HASH } from '../../primitives/keccak.ts'
import type { StoredAccount } from '../../store/repositories/account-repository.ts'
import { decodeAccount, encodeAccount } from '../../store/repositories/account-repository.ts'
import {
  ADDRESS_BYTES,
  minimalWord,
  WORD_BYTES,
  wordOf,
} from '../../store/repositories/slot-repository.ts'

/** A snapshot, or a chunk of one, is not what it should be. */
export class InvalidSnapshotError extends BaseError {
  override readonly name = 'State.InvalidSnapshotError'
}

export const CODE = 0
export const ACCOUNT = 1
export const SLOT = 2
export const BLOCK = 3

export type SnapshotEntry =
  | { readonly kind: typeof CODE; readonly code: Uint8Array }
  | { readonly kind: typeof ACCOUNT; readonly address: Uint8Array; readonly account: StoredAccount }
  /** Key and value of 32 bytes, the value not zero. */
  | { readonly kind: typeof SLOT; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: typeof BLOCK; readonly bytes: Uint8Array }

/** Flags, two lengths, nonce, balance and code hash at their longest. */
const ACCOUNT_BYTES_MAX = 2 + 8 + 32 + 32

export function encodeEntry(entry: SnapshotEntry): Uint8Array {
  const kind = Uint8Array.of(entry.kind)
  switch (entry.kind) {
    case CODE:
      return concatBytes(kind, length32(entry.code), entry.code)
    case ACCOUNT: {
      const account = encodeAccount(entry.account)
      return concatBytes(kind, entry.address, Uint8Array.of(account.length), account)
    }
    case SLOT: {
      const value = minimalWord(entry.value)
      return concatBytes(kind, entry.key, Uint8Array.of(value.length), value)
    }
    case BLOCK:
      return concatBytes(kind, length32(entry.bytes), entry.bytes)
  }
}

/**
 * The entries of a chunk from an untrusted sender, each in its one encoding; bytes are views.
 * @throws InvalidSnapshotError
 */
export function* decodeEntries(content: Uint8Array): Generator<SnapshotEntry> {
  const source = new Source(content)
  while (!source.isAtEnd) yield entryOf(source)
}

function entryOf(source: Source): SnapshotEntry {
  const kind = source.byte()
  if (kind === CODE) return { kind, code: source.longBytes() }
  if (kind === BLOCK) return { kind, bytes: source.longBytes() }
  if (kind === ACCOUNT) {
    const address = source.bytes(ADDRESS_BYTES)
    return { kind, address, account: accountOf(source.bytes(source.byte()), address) }
  }
  if (kind === SLOT) {
    const key = source.bytes(WORD_BYTES)
    const value = source.bytes(source.byte())
    if (value.length === 0 || value.length > WORD_BYTES || value[0] === 0) {
      throw new InvalidSnapshotError(`slot ${bytesToHex(key)} has a value in no proper form`)
    }
    return { kind, key, value: wordOf(value) }
  }
  throw new InvalidSnapshotError(`an entry is of unknown kind ${kind}`)
}

function accountOf(bytes: Uint8Array, address: Uint8Array): StoredAccount {
  const isInRange = bytes.length >= 2 && bytes.length <= ACCOUNT_BYTES_MAX
  const account = isInRange ? decodeAccount(bytes) : undefined
  if (account === undefined || !isCanonical(account, bytes)) {
    throw new InvalidSnapshotError(`account ${bytesToHex(address)} is in no proper form`)
  }
  return account
}

/** Numbers without leading zeros, known flags alone, and no account that would not be there. */
function isCanonical(account: StoredAccount, bytes: Uint8Array): boolean {
  const { nonce, balance, codeHash, isRecorded } = account
  const hasCode = !equalBytes(codeHash, EMPTY_CODE_HASH)
  if (nonce >= 1n << 64n || balance >= 1n << 256n || codeHash.length !== WORD_BYTES) return false
  if (!isRecorded && (hasCode || (nonce === 0n && balance === 0n))) return false
  return equalBytes(encodeAccount(account), bytes)
}

function length32({ length }: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, length)
  return bytes
}

/** Bytes that are taken one after the other. */
class Source {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    return this.bytes(1)[0]!
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new InvalidSnapshotError('a chunk ends within an entry')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  longBytes(): Uint8Array {
    const length = this.bytes(4)
    return this.bytes(new DataView(length.buffer, length.byteOffset).getUint32(0))
  }
}
