/**
 * The state behind a stored block with what was executed on it since: what the reference executor reads
 * and writes when it executes one transaction after another.
 */

import type { StateOverride } from '../../chain/call.ts'
import type { StateChange } from '../../chain/state-change.ts'
import type { RecordedReader } from '../../chain/state-reader.ts'
import type { Hex } from '../../primitives/bytes.ts'
import { bytesToHex, equalBytes } from '../../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../../primitives/keccak.ts'
import type { AccountWrites, CodeRef, StateAccess } from '../reference/state-access.ts'

interface OverlayAccount {
  balance: bigint
  nonce: bigint
  /** Undefined: not recorded, see `StateAccess.code`. */
  code: CodeRef | undefined
  /** Whether any slot below differs from zero. */
  hasStorageBelow: boolean
  readonly slots: Map<Hex, Uint8Array>
}

const EMPTY_CODE: CodeRef = { hash: EMPTY_CODE_HASH, bytes: new Uint8Array(0) }
const ZERO_WORD = new Uint8Array(32)

export class OverlayState implements StateAccess {
  readonly #base: RecordedReader
  readonly #accounts = new Map<Hex, OverlayAccount>()
  /** One object per code, so that what the EVM derives from it is kept. */
  readonly #codes = new Map<Hex, CodeRef>()

  constructor(base: RecordedReader) {
    this.#base = base
  }

  balance(address: Uint8Array): bigint {
    return this.#account(address).balance
  }

  nonce(address: Uint8Array): bigint {
    return this.#account(address).nonce
  }

  code(address: Uint8Array): CodeRef | undefined {
    return this.#account(address).code
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const account = this.#account(address)
    const name = bytesToHex(key)
    let value = account.slots.get(name)
    if (value === undefined) {
      value = account.hasStorageBelow ? this.#base.slot(address, key) : ZERO_WORD
      account.slots.set(name, value)
    }
    return value
  }

  hasOrphanStorage(address: Uint8Array): boolean {
    const { nonce, code, hasStorageBelow, slots } = this.#account(address)
    if (nonce > 0n || (code?.bytes.length ?? 0) > 0) return false
    return hasStorageBelow || [...slots.values()].some((value) => !equalBytes(value, ZERO_WORD))
  }

  /** Executions here are eager: they read the nonce. */
  expectNonce(): void {}

  apply(writes: readonly AccountWrites[]): void {
    for (const { address, balance, nonce, code, storageCleared, slots } of writes) {
      const account = this.#account(address)
      if (typeof balance === 'bigint') account.balance = balance
      else if (balance !== undefined) account.balance += balance.amount
      if (nonce !== undefined) account.nonce = nonce
      if (code !== undefined) account.code = code === null ? undefined : this.#codeOf(code)
      if (storageCleared) clearStorage(account)
      for (const { key, value } of slots) account.slots.set(bytesToHex(key), value)
    }
  }

  /** Values that were put there by hand, between two blocks. */
  edit(changes: readonly StateChange[]): void {
    for (const { code, ...change } of changes) {
      const deleted = { balance: 0n, nonce: 0n, storageCleared: true, code: null } as const
      const fields = code === undefined ? {} : { code }
      this.apply([{ ...(code === null ? deleted : fields), ...change }])
    }
  }

  override(overrides: readonly StateOverride[]): void {
    for (const { address, balance, nonce, code, state, stateDiff = [] } of overrides) {
      const account = this.#account(address)
      if (balance !== undefined) account.balance = balance
      if (nonce !== undefined) account.nonce = nonce
      if (code !== undefined) account.code = this.#codeOf(code)
      if (state !== undefined) clearStorage(account)
      for (const { key, value } of state ?? stateDiff) account.slots.set(bytesToHex(key), value)
    }
  }

  #account(address: Uint8Array): OverlayAccount {
    const key = bytesToHex(address)
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const stored = this.#base.account(address)
    const account = {
      balance: stored?.balance ?? 0n,
      nonce: stored?.nonce ?? 0n,
      code: stored?.isRecorded ? this.#codeBelow(stored.codeHash) : undefined,
      hasStorageBelow: stored?.hasStorage ?? false,
      slots: new Map(),
    }
    this.#accounts.set(key, account)
    return account
  }

  #codeBelow(hash: Uint8Array): CodeRef {
    if (equalBytes(hash, EMPTY_CODE_HASH)) return EMPTY_CODE
    return this.#keep(hash, () => this.#base.code(hash))
  }

  #codeOf(bytes: Uint8Array): CodeRef {
    return bytes.length === 0 ? EMPTY_CODE : this.#keep(keccak256(bytes), () => bytes)
  }

  #keep(hash: Uint8Array, bytes: () => Uint8Array): CodeRef {
    const key = bytesToHex(hash)
    const code = this.#codes.get(key) ?? { hash, bytes: bytes() }
    this.#codes.set(key, code)
    return code
  }
}

function clearStorage(account: OverlayAccount): void {
  account.hasStorageBelow = false
  account.slots.clear()
}
