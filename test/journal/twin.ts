/**
 * The reference's journal and the core's, driven side by side: every answer is compared as it comes,
 * and in the end the reads and the writes. Where the core need not read and the reference would
 * (`tryDebit`), a small model says what the core should do.
 */

import type { AccountState } from '@shredcast/shared/engine/reference/state/account-state'
import { JournaledState } from '@shredcast/shared/engine/reference/state/journaled-state'
import { bytesToBigInt, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { EMPTY_CODE_HASH } from '@shredcast/shared/primitives/keccak'
import { expect } from 'vitest'
import type { CoreJournal } from './core-journal.ts'
import {
  accountAt,
  codeBytesOf,
  finishStep,
  putBytes,
  readsOf,
  slotAt,
  textOfCode,
  textOfDelta,
  word,
  wordFrom,
  writesOf,
} from './core-journal.ts'
import type { WorldAccount } from './world.ts'
import { nameOf, WorldAccess, wordOf } from './world.ts'

const EMPTY_HASH = bytesToBigInt(EMPTY_CODE_HASH)

interface Moved {
  delta: bigint
  required: bigint
  /** A transfer inside a contract raised the bound. */
  isCountedOn: boolean
}

export class Twin {
  readonly access: WorldAccess
  readonly reference: JournaledState
  readonly core: CoreJournal
  isEager: boolean
  readonly #world: readonly WorldAccount[]
  readonly #moved = new Map<string, Moved>()
  /** Of each open checkpoint: the core's name for it, and the deltas. */
  readonly #checkpoints: { readonly core: number; readonly deltas: Map<string, bigint> }[] = []

  constructor(
    core: CoreJournal,
    world: readonly WorldAccount[],
    options: { deletesEmptyAccounts: boolean; isEager: boolean; blocked: string | undefined },
  ) {
    this.core = core
    this.isEager = options.isEager
    this.#world = world
    this.access = new WorldAccess(world, options.blocked)
    this.reference = new JournaledState(this.access, options)
  }

  /** The reference's state of account `index`, and the core's handle of it. */
  account(index: number): { readonly state: AccountState; readonly handle: number } {
    const { address } = this.#world[index]!
    return { state: this.reference.account(address), handle: accountAt(this.core, address) }
  }

  balance(index: number): void {
    const { state, handle } = this.account(index)
    const { core } = this.core
    this.#both(
      () => state.balance,
      () => wordFrom(this.core, (out) => core.readBalance(handle, out)),
    )
  }

  credit(index: number, amount: bigint): void {
    const { state, handle } = this.account(index)
    state.credit(amount)
    this.core.core.credit(handle, word(this.core, amount))
    this.#movedAt(index).delta += amount
  }

  /** Takes no more than is there, as every caller must. */
  debit(index: number, most: bigint): void {
    const { state, handle } = this.account(index)
    const moved = this.#movedAt(index)
    const held = this.#world[index]!.balance + moved.delta
    if (held <= 0n) return
    const amount = most < held ? most : held
    state.debit(amount)
    this.core.core.debit(handle, word(this.core, amount))
    moved.delta -= amount
  }

  tryDebit(index: number, amount: bigint): void {
    const { state, handle } = this.account(index)
    const moved = this.#movedAt(index)
    const isLazy = amount === 0n || (!state.isBalanceKnown && this.#countsOn(index, amount))
    const isThere = this.#both(
      () => isLazy || state.balance >= amount,
      () => this.core.core.tryDebit(handle, word(this.core, amount)) !== 0,
    )
    if (!isThere) return
    state.debit(amount)
    moved.delta -= amount
  }

  #countsOn(index: number, amount: bigint): boolean {
    if (this.isEager) return false
    const moved = this.#movedAt(index)
    const needed = amount - moved.delta
    if (needed <= moved.required) return true
    if (this.#world[index]!.balance < needed) return false
    moved.required = needed
    moved.isCountedOn = true
    return true
  }

  requireBalance(index: number, amount: bigint): void {
    const { state, handle } = this.account(index)
    state.requireBalance(amount)
    this.core.core.requireBalance(handle, word(this.core, amount))
    this.#movedAt(index).required = amount
  }

  nonce(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => state.nonce,
      () => this.core.core.readNonce(handle),
    )
  }

  setNonce(index: number, nonce: bigint): void {
    const { state, handle } = this.account(index)
    state.nonce = nonce
    this.core.core.setNonce(handle, nonce)
  }

  expectNonce(index: number, nonce: bigint): void {
    const { state, handle } = this.account(index)
    state.expectNonce(nonce)
    this.core.core.expectNonce(handle, nonce)
  }

  code(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => state.code?.bytes,
      () => codeBytesOf(this.core, handle),
    )
    this.#both(
      () => state.hasCode,
      () => this.core.core.hasCode(handle) !== 0,
    )
  }

  codeHash(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => (state.code === undefined ? EMPTY_HASH : bytesToBigInt(state.code.hash)),
      () => wordFrom(this.core, (out) => this.core.core.codeHashOf(handle, out)),
    )
  }

  setCode(index: number, code: Uint8Array): void {
    const { state, handle } = this.account(index)
    state.setCode(code)
    const { core } = this.core
    core.setCode(handle, core.createCode(putBytes(this.core, code), code.length))
  }

  emptiness(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => state.isEmpty,
      () => this.core.core.isEmpty(handle) !== 0,
    )
  }

  existence(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => state.exists,
      () => this.core.core.exists(handle) !== 0,
    )
  }

  touch(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => this.reference.touch(state),
      () => this.core.core.touch(handle),
    )
  }

  /** Only the rules before EIP-161 know it. */
  record(index: number): void {
    if (this.reference.deletesEmptyAccounts) return
    const { state, handle } = this.account(index)
    this.#both(
      () => state.record(),
      () => this.core.core.record(handle),
    )
  }

  beginContract(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => state.beginContract(),
      () => this.core.core.beginContract(handle),
    )
  }

  orphanStorage(index: number): void {
    const { state, handle } = this.account(index)
    this.#both(
      () => state.hasOrphanStorage,
      () => this.core.core.hasOrphanStorage(handle) !== 0,
    )
  }

  warm(index: number): void {
    const { state, handle } = this.account(index)
    const wasCold = !state.isWarm
    this.reference.warmAddress(state.address)
    expect(this.core.core.warmAccount(handle) !== 0).toBe(wasCold)
  }

  /**
   * What rests on a bound becomes a read when the account goes. A second time would be undone
   * differently: the reference destroys no account twice.
   */
  destroy(index: number): void {
    const { state, handle } = this.account(index)
    if (this.core.core.isDestroyed(handle) !== 0) return
    const { required } = this.#movedAt(index)
    this.#both(
      () => {
        if (required !== 0n && !state.isBalanceKnown) void state.balance
        state.destroy()
      },
      () => this.core.core.destroy(handle),
    )
  }

  slot(index: number, key: bigint): void {
    this.#readSlot(index, key, 'value', this.core.core.readSlot)
  }

  original(index: number, key: bigint): void {
    this.#readSlot(index, key, 'original', this.core.core.readOriginal)
  }

  transient(index: number, key: bigint): void {
    this.#readSlot(index, key, 'transient', this.core.core.readTransient)
  }

  #readSlot(
    index: number,
    key: bigint,
    field: 'value' | 'original' | 'transient',
    read: (slot: number, out: number) => void,
  ): void {
    const { state, handle } = this.account(index)
    const slot = state.slot(wordOf(key))
    const at = slotAt(this.core, handle, key)
    this.#both(
      () => bytesToBigInt(slot[field]),
      () => wordFrom(this.core, (out) => read(at, out)),
    )
  }

  writeSlot(index: number, key: bigint, value: bigint): void {
    const { state, handle } = this.account(index)
    this.reference.writeSlot(state.address, wordOf(key), wordOf(value))
    const at = slotAt(this.core, handle, key)
    this.core.core.writeSlot(at, word(this.core, value))
  }

  warmSlot(index: number, key: bigint): void {
    const { state, handle } = this.account(index)
    const wasCold = !state.slot(wordOf(key)).isWarm
    this.reference.warmSlot(state.address, wordOf(key))
    expect(this.core.core.warmSlot(slotAt(this.core, handle, key)) !== 0).toBe(wasCold)
  }

  writeTransient(index: number, key: bigint, value: bigint): void {
    const { state, handle } = this.account(index)
    this.reference.writeTransientSlot(state.address, wordOf(key), wordOf(value))
    const at = slotAt(this.core, handle, key)
    this.core.core.writeTransient(at, word(this.core, value))
  }

  checkpoint(): void {
    this.reference.checkpoint()
    const deltas = new Map([...this.#moved].map(([name, { delta }]) => [name, delta]))
    this.#checkpoints.push({ core: this.core.core.checkpoint(), deltas })
  }

  commit(): void {
    if (this.#checkpoints.pop()) this.reference.commit()
  }

  revert(): void {
    const checkpoint = this.#checkpoints.pop()
    if (checkpoint === undefined) return
    this.reference.revert()
    this.core.core.revertTo(checkpoint.core)
    for (const [name, moved] of this.#moved) moved.delta = checkpoint.deltas.get(name) ?? 0n
  }

  /** Both start over, eagerly. */
  rewind(): void {
    this.reference.rewind()
    this.core.core.rewind()
    this.isEager = true
    this.#checkpoints.length = 0
    this.#moved.clear()
  }

  /** Ends the step and compares what it read and wrote. */
  finish(txIndex: number): void {
    if (this.reference.deletesEmptyAccounts) {
      this.#both(
        () => this.reference.deleteTouchedEmptyAccounts(),
        () => this.core.core.deleteTouchedEmptyAccounts(),
      )
    }
    this.#both(
      () => this.#referenceWrites(),
      () => {
        finishStep(this.core)
        return this.core.core.hasStopped() === 0 ? writesOf(this.core, txIndex) : new Map()
      },
    )
    expect(readsOf(this.core, txIndex)).toEqual(this.access.reads)
  }

  #referenceWrites(): Map<string, string> {
    const all = new Map<string, string>()
    const add = (kind: string, address: Uint8Array, text: string | undefined) => {
      if (text !== undefined) all.set(nameOf(kind, address), text)
    }
    for (const index of this.#world.keys()) this.#readUnmoved(index)
    const writes = this.reference.writes()
    for (const account of writes) {
      add('epoch', account.address, account.storageCleared && 'cleared')
      add('nonce', account.address, account.nonce?.toString())
      add('code', account.address, textOfCode(account))
      if (typeof account.balance === 'bigint') add('balance', account.address, `${account.balance}`)
      for (const { key, value } of account.slots) {
        all.set(nameOf('slot', account.address, bytesToBigInt(key)), `${bytesToBigInt(value)}`)
      }
    }
    for (const [index, { address }] of this.#world.entries()) {
      add('balance', address, this.#deltaOf(index))
    }
    return all
  }

  /** A balance that was counted on and then not moved is read in the end. */
  #readUnmoved(index: number): void {
    const { state, handle } = this.account(index)
    const { delta, isCountedOn } = this.#movedAt(index)
    if (!isCountedOn || delta !== 0n || this.core.core.isDestroyed(handle) !== 0) return
    expect(state.balance).toBeGreaterThanOrEqual(0n)
  }

  /** The model knows the bounds that `tryDebit` added. */
  #deltaOf(index: number): string | undefined {
    const { state } = this.account(index)
    const { delta, required } = this.#movedAt(index)
    if (state.isBalanceKnown || this.core.core.isDestroyed(this.account(index).handle) !== 0) {
      return undefined
    }
    return delta === 0n && required === 0n ? undefined : textOfDelta(delta, required)
  }

  #movedAt(index: number): Moved {
    const name = bytesToHex(this.#world[index]!.address)
    const moved = this.#moved.get(name) ?? { delta: 0n, required: 0n, isCountedOn: false }
    this.#moved.set(name, moved)
    return moved
  }

  /** If the reference throws, the core has stopped. */
  #both<T>(reference: () => T, core: () => T): T {
    let expected: T
    try {
      expected = reference()
    } catch (error) {
      core()
      expect(this.core.core.hasStopped()).toBe(1)
      throw error
    }
    expect(core()).toEqual(expected)
    expect(this.core.core.hasStopped()).toBe(0)
    return expected
  }
}
