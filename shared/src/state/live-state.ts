/**
 * The state behind the newest commit, whole and in memory, with what the newest blocks changed, so
 * that it can also be read as it was behind each of them. Fed with the changes of each step the
 * moment it is committed; a commit is never taken back.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange } from '../chain/state-change.ts'
import type { AccountState, StateReader } from '../chain/state-reader.ts'
import { assert } from '../primitives/assert.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../primitives/keccak.ts'

/** States of so many sealed blocks can be read, as of a full node of geth. */
const STATES_KEPT = 128

/** Never changed once it is in a map: what was before a block shares it. */
interface Account {
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeHash: Uint8Array
  /** An empty account that is not recorded does not exist. */
  readonly isRecorded: boolean
}

/** What the block's first change of each account and slot found. */
interface BlockUndo {
  readonly number: bigint
  readonly accounts: Map<Hex, Account | undefined>
  /** By address, then by key. */
  readonly slots: Map<Hex, Map<Hex, Uint8Array>>
}

const NO_ACCOUNT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH, isRecorded: false }
const ZERO = new Uint8Array(32)

export class LiveState implements StateReader {
  readonly #accounts = new Map<Hex, Account>()
  /** Slots that differ from zero, by address; no map is empty. */
  readonly #storage = new Map<Hex, Map<Hex, Uint8Array>>()
  readonly #codes = new Map<Hex, Uint8Array>()
  /** Of the newest blocks, oldest first, the open one last. */
  readonly #undo: BlockUndo[] = []

  constructor(alloc: readonly GenesisAccount[]) {
    for (const { address, balance, nonce, code, storage } of alloc) {
      this.#change(undefined, { address, balance, nonce, code, slots: storage })
    }
  }

  /** What is applied from here on belongs to block `number`. */
  beginBlock(number: bigint): void {
    this.#undo.push({ number, accounts: new Map(), slots: new Map() })
    if (this.#undo.length > STATES_KEPT) this.#undo.shift()
  }

  apply(changes: readonly StateChange[]): void {
    const undo = this.#undo.at(-1)
    assert(undo !== undefined, 'changes belong to a block')
    for (const change of changes) this.#change(undo, change)
  }

  account(address: Uint8Array): AccountState | undefined {
    const key = bytesToHex(address)
    const account = this.#accounts.get(key)
    return account && stateOf(account, this.#storage.has(key))
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return (this.#storage.get(bytesToHex(address))?.get(bytesToHex(key)) ?? ZERO).slice()
  }

  code(hash: Uint8Array): Uint8Array {
    return (this.#codes.get(bytesToHex(hash)) ?? new Uint8Array(0)).slice()
  }

  /** The state behind block `number`; undefined when it is not kept any more, or not there yet. */
  at(number: bigint): StateReader | undefined {
    const next = this.#undo.findIndex((undo) => undo.number === number + 1n)
    if (next === -1) return (this.#undo.at(-1)?.number ?? 0n) === number ? this : undefined
    const behind = this.#undo.slice(next)
    return {
      account: (address) => this.#accountBefore(behind, address),
      slot: (address, key) => this.#slotBefore(behind, address, key),
      code: (hash) => this.code(hash),
    }
  }

  #accountBefore(undo: readonly BlockUndo[], address: Uint8Array): AccountState | undefined {
    const key = bytesToHex(address)
    const first = undo.find(({ accounts }) => accounts.has(key))
    const account = first === undefined ? this.#accounts.get(key) : first.accounts.get(key)
    return account && stateOf(account, this.#hadStorage(undo, key))
  }

  #hadStorage(undo: readonly BlockUndo[], address: Hex): boolean {
    const slots = new Map(this.#storage.get(address))
    for (const { slots: before } of undo.toReversed()) {
      for (const [key, value] of before.get(address) ?? []) slots.set(key, value)
    }
    return [...slots.values()].some(isNonzero)
  }

  #slotBefore(undo: readonly BlockUndo[], address: Uint8Array, key: Uint8Array): Uint8Array {
    const [account, slot] = [bytesToHex(address), bytesToHex(key)]
    for (const { slots } of undo) {
      const before = slots.get(account)?.get(slot)
      if (before !== undefined) return before.slice()
    }
    return this.slot(address, key)
  }

  #change(undo: BlockUndo | undefined, change: StateChange): void {
    const key = bytesToHex(change.address)
    const found = this.#accounts.get(key)
    if (undo !== undefined && !undo.accounts.has(key)) undo.accounts.set(key, found)
    const before = (change.code === null ? undefined : found) ?? NO_ACCOUNT
    const { nonce = before.nonce, balance = before.balance } = change
    const codeHash = change.code ? this.#keepCode(change.code) : before.codeHash
    const isRecorded = before.isRecorded || Boolean(change.code)
    if (!isRecorded && balance === 0n && nonce === 0n) this.#accounts.delete(key)
    else this.#accounts.set(key, { nonce, balance, codeHash, isRecorded })
    this.#changeSlots(undo, key, change)
  }

  #keepCode(code: Uint8Array): Uint8Array {
    if (code.length === 0) return EMPTY_CODE_HASH
    const hash = keccak256(code)
    this.#codes.set(bytesToHex(hash), code)
    return hash
  }

  #changeSlots(undo: BlockUndo | undefined, address: Hex, change: StateChange): void {
    const isCleared = change.code === null || change.storageCleared === true
    const slots = this.#storage.get(address) ?? new Map<Hex, Uint8Array>()
    if (isCleared) {
      for (const [key, value] of slots) noteSlot(undo, address, key, value)
      slots.clear()
    }
    for (const { key: keyBytes, value } of change.slots) {
      const key = bytesToHex(keyBytes)
      noteSlot(undo, address, key, slots.get(key) ?? ZERO)
      if (isNonzero(value)) slots.set(key, value)
      else slots.delete(key)
    }
    if (slots.size === 0) this.#storage.delete(address)
    else this.#storage.set(address, slots)
  }
}

function noteSlot(undo: BlockUndo | undefined, address: Hex, key: Hex, value: Uint8Array): void {
  if (undo === undefined) return
  const slots = undo.slots.get(address) ?? new Map<Hex, Uint8Array>()
  if (!slots.has(key)) slots.set(key, value)
  undo.slots.set(address, slots)
}

function stateOf({ nonce, balance, codeHash }: Account, hasStorage: boolean): AccountState {
  return { nonce, balance, codeHash: codeHash.slice(), hasStorage }
}

function isNonzero(value: Uint8Array): boolean {
  return value.some((byte) => byte !== 0)
}
