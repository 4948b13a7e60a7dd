/**
 * One account as one execution sees it. Each location is read at most once and only when its value
 * is needed. Changes of value can be undone, reads cannot: a read stays part of the execution's read
 * set whatever comes after it.
 */

import { equalBytes } from '../../../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../../../primitives/keccak.ts'
import type { AccountWrites, CodeRef } from '../state-access.ts'
import { BalanceState } from './balance-state.ts'
import type { GuardedAccess } from './guarded-access.ts'
import { keyOfBytes } from './location-key.ts'
import { SlotState } from './slot-state.ts'
import type { UndoLog } from './undo-log.ts'

const EMPTY_CODE: CodeRef = { hash: EMPTY_CODE_HASH, bytes: new Uint8Array(0) }

/** Code that this execution deployed; its hash is seldom asked for. */
class DeployedCode implements CodeRef {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get hash(): Uint8Array {
    return keccak256(this.bytes)
  }
}

export class AccountState {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** EIP-2929. */
  isWarm = false
  /** It was warm once, also where that was undone. */
  wasAccessed = false
  readonly #access: GuardedAccess
  readonly #undo: UndoLog
  readonly #balance: BalanceState
  #nonceBase: bigint | undefined
  #nonceValue: bigint | undefined
  /** Boxed, because "not recorded" is an answer too. */
  #codeBase: { readonly ref: CodeRef | undefined } | undefined
  #codeValue: CodeRef | undefined
  #slots: Map<string, SlotState> | undefined
  #hasNoOldStorage = false
  #isDestroyed = false

  constructor(address: Uint8Array, access: GuardedAccess, undo: UndoLog) {
    this.address = address
    this.#access = access
    this.#undo = undo
    this.#balance = new BalanceState(address, access, undo)
  }

  /** Reading it makes later changes absolute. */
  get balance(): bigint {
    return this.#balance.value
  }

  set balance(value: bigint) {
    this.#balance.move(value - this.#balance.value)
  }

  get isBalanceKnown(): boolean {
    return this.#balance.isKnown
  }

  /** Adds to the balance without reading it. */
  credit(amount: bigint): void {
    if (amount !== 0n) this.#balance.move(amount)
  }

  /** Takes from the balance without reading it; that it suffices is the caller's to ensure. */
  debit(amount: bigint): void {
    if (amount !== 0n) this.#balance.move(-amount)
  }

  /** Declares the least balance (wei) that must be there before the execution. */
  requireBalance(amount: bigint): void {
    this.#balance.require(amount)
  }

  get nonce(): bigint {
    if (this.#nonceValue !== undefined) return this.#nonceValue
    this.#nonceBase ??= this.#access.nonce(this.address)
    return this.#nonceBase
  }

  set nonce(value: bigint) {
    const previous = this.#nonceValue
    this.#undo.push(() => {
      this.#nonceValue = previous
    })
    this.#nonceValue = value
  }

  /** Counts on a nonce before the execution, without reading it. */
  expectNonce(nonce: bigint): void {
    this.#access.expectNonce(this.address, nonce)
  }

  /** Undefined: the account is not recorded, see `StateAccess.code`. */
  get code(): CodeRef | undefined {
    return this.#codeValue ?? this.#codeBefore()
  }

  get hasCode(): boolean {
    return (this.code?.bytes.length ?? 0) > 0
  }

  setCode(bytes: Uint8Array): void {
    const previous = this.#codeValue
    this.#undo.push(() => {
      this.#codeValue = previous
    })
    this.#codeValue = bytes.length === 0 ? EMPTY_CODE : new DeployedCode(bytes)
  }

  #codeBefore(): CodeRef | undefined {
    this.#codeBase ??= { ref: this.#access.code(this.address) }
    return this.#codeBase.ref
  }

  /**
   * Makes the account exist by the rules before EIP-161: what is not recorded does not exist, so its
   * balance and nonce need not be read.
   */
  record(): void {
    if (this.code !== undefined) return
    this.#balance.assumeNone()
    this.#nonceBase ??= 0n
    this.setCode(EMPTY_CODE.bytes)
  }

  /** Emptiness by EIP-161. */
  get isEmpty(): boolean {
    if (this.#isSurelyNotEmpty) return false
    return !this.hasCode && this.nonce === 0n && this.balance === 0n
  }

  /** Existence from EIP-161 on: recorded, or made by a lazy credit or a nonce. */
  get exists(): boolean {
    if (this.#isSurelyNotEmpty) return true
    return this.code !== undefined || this.nonce !== 0n || this.balance !== 0n
  }

  get #isSurelyNotEmpty(): boolean {
    return this.#balance.isSurelyPositive || (this.#nonceValue ?? this.#nonceBase ?? 0n) > 0n
  }

  /** Deletes the account if it is empty (EIP-161); of one not recorded there is nothing to delete. */
  deleteIfEmpty(): void {
    if (!this.#isSurelyNotEmpty && this.code !== undefined && this.isEmpty) this.destroy()
  }

  /** Deletes the account with all it holds. */
  destroy(): void {
    this.#undo.push(() => {
      this.#isDestroyed = false
    })
    this.#isDestroyed = true
  }

  /** True when the account has storage although it has neither code nor nonce (EIP-7610). */
  get hasOrphanStorage(): boolean {
    return !this.#hasNoOldStorage && this.#access.hasOrphanStorage(this.address)
  }

  /** A contract begins here; no code, nonce or storage was found, so no slot needs to be read. */
  beginContract(): void {
    this.#hasNoOldStorage = true
    if (this.code === undefined) this.setCode(EMPTY_CODE.bytes)
  }

  /** The slot of a 32-byte key; nothing is read yet. */
  slot(key: Uint8Array): SlotState {
    this.#slots ??= new Map()
    const name = keyOfBytes(key)
    let slot = this.#slots.get(name)
    if (slot === undefined) {
      slot = new SlotState(this.address, key, this.#hasNoOldStorage ? undefined : this.#access)
      this.#slots.set(name, slot)
    }
    return slot
  }

  /** A contract began here, also where that was undone. */
  get hasBegun(): boolean {
    return this.#hasNoOldStorage
  }

  /** Keys of the slots that were warm once. */
  accessedKeys(): Uint8Array[] {
    const slots = [...(this.#slots?.values() ?? [])]
    return slots.filter(({ wasAccessed }) => wasAccessed).map(({ key }) => key)
  }

  /** What the execution changes in this account; undefined when that is nothing. */
  writes(): AccountWrites | undefined {
    if (this.#isDestroyed) return this.#deletion()
    const balance = this.#balance.write()
    const nonce = this.#nonceValue === this.#nonceBase ? undefined : this.#nonceValue
    const code = this.#codeWrite()
    const slots = this.#slotWrites()
    if (balance === undefined && nonce === undefined && code === undefined && slots.length === 0) {
      return undefined
    }
    return {
      address: this.address,
      ...(balance === undefined ? {} : { balance }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(code === undefined ? {} : { code }),
      slots,
    }
  }

  #codeWrite(): Uint8Array | undefined {
    if (this.#codeValue === undefined) return undefined
    const before = this.#codeBase?.ref
    const { bytes } = this.#codeValue
    return before !== undefined && equalBytes(before.bytes, bytes) ? undefined : bytes
  }

  #slotWrites(): AccountWrites['slots'] {
    if (this.#slots === undefined) return []
    const changed = [...this.#slots.values()].filter((slot) => slot.isChanged)
    return changed.map(({ key, value }) => ({ key, value }))
  }

  #deletion(): AccountWrites | undefined {
    const isRecorded = this.#codeBefore() !== undefined
    const hasNonce = this.#nonceBase !== 0n
    const hasBalance = !this.#balance.isSurelyUnheld
    if (!isRecorded && !hasNonce && !hasBalance) return undefined
    return {
      address: this.address,
      ...(hasBalance ? { balance: 0n } : {}),
      ...(hasNonce ? { nonce: 0n } : {}),
      ...(isRecorded ? { code: null, storageCleared: true } : {}),
      slots: [],
    }
  }
}
