/**
 * The state of one execution: an overlay over `StateAccess` that caches what was read, keeps what
 * was changed with an undo log, and in the end tells the writes. It also holds what EIP-2929 calls
 * accessed and EIP-161 touched, because both are undone with the rest. One object per execution; an
 * abandoned execution is dropped with it.
 */

import type { AccessListEntry } from '../../../chain/access-list.ts'
import type { AccountWrites, StateAccess } from '../state-access.ts'
import { AccountState } from './account-state.ts'
import { GuardedAccess } from './guarded-access.ts'
import { keyOfBytes } from './location-key.ts'
import { UndoLog } from './undo-log.ts'

/**
 * The RIPEMD-160 precompile stays touched when the call that touched it fails: block 2,675,119 of
 * mainnet was mined so, and EIP-161's clients kept it.
 */
const RIPEMD_KEY = keyOfBytes(new Uint8Array(20).fill(3, 19))

export class JournaledState {
  /** True from Spurious Dragon on: empty accounts do not exist, and are deleted when touched. */
  readonly deletesEmptyAccounts: boolean
  readonly #access: GuardedAccess
  readonly #undo = new UndoLog()
  readonly #accounts = new Map<string, AccountState>()
  readonly #touched = new Set<AccountState>()
  #latest: AccountState | undefined

  constructor(access: StateAccess, options: { readonly deletesEmptyAccounts: boolean }) {
    this.#access = new GuardedAccess(access)
    this.deletesEmptyAccounts = options.deletesEmptyAccounts
  }

  /** The account at `address`, 20 bytes that nobody mutates; nothing is read yet. */
  account(address: Uint8Array): AccountState {
    // A frame asks for its own account over and over, with the same bytes object.
    if (this.#latest?.address === address) return this.#latest
    const key = keyOfBytes(address)
    let account = this.#accounts.get(key)
    if (account === undefined) {
      account = new AccountState(address, this.#access, this.#undo)
      this.#accounts.set(key, account)
    }
    this.#latest = account
    return account
  }

  /** Marks the account as touched (EIP-161); before that rule, it exists from now on. */
  touch(account: AccountState): void {
    if (!this.deletesEmptyAccounts) {
      account.record()
      return
    }
    if (this.#touched.has(account)) return
    this.#touched.add(account)
    if (keyOfBytes(account.address) === RIPEMD_KEY) return
    this.#undo.push(() => {
      this.#touched.delete(account)
    })
  }

  deleteTouchedEmptyAccounts(): void {
    for (const account of this.#touched) account.deleteIfEmpty()
  }

  warmAddress(address: Uint8Array): void {
    const account = this.account(address)
    if (account.isWarm) return
    account.isWarm = true
    account.wasAccessed = true
    this.#undo.push(() => {
      account.isWarm = false
    })
  }

  /** Slots are warm only beside a warm address, as in every use of EIP-2929. */
  warmSlot(address: Uint8Array, key: Uint8Array): void {
    const slot = this.account(address).slot(key)
    if (slot.isWarm) return
    slot.isWarm = true
    slot.wasAccessed = true
    this.#undo.push(() => {
      slot.isWarm = false
    })
  }

  writeSlot(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    this.account(address).slot(key).write(value, this.#undo)
  }

  /** EIP-1153; the value has up to 32 bytes. */
  writeTransientSlot(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    this.account(address).slot(key).writeTransient(value, this.#undo)
  }

  checkpoint(): void {
    this.#access.assertAlive()
    this.#undo.checkpoint()
  }

  commit(): void {
    this.#access.assertAlive()
    this.#undo.commit()
  }

  revert(): void {
    this.#access.assertAlive()
    this.#undo.revert()
  }

  /** Takes back every change, and the error that abandoned the execution; reads stay cached. */
  rewind(): void {
    this.#undo.rewind()
    this.#touched.clear()
    this.#access.revive()
  }

  /** Accounts and slots that were warm once, without contracts that began and had no slot accessed. */
  accessed(): AccessListEntry[] {
    return [...this.#accounts.values()]
      .filter((account) => account.wasAccessed)
      .map((account) => ({ account, storageKeys: account.accessedKeys() }))
      .filter(({ account, storageKeys }) => storageKeys.length > 0 || !account.hasBegun)
      .map(({ account, storageKeys }) => ({ address: account.address, storageKeys }))
  }

  /**
   * What the execution changes.
   * @throws the error that abandoned the execution, if the EVM swallowed it
   */
  writes(): AccountWrites[] {
    this.#access.assertAlive()
    const all: AccountWrites[] = []
    for (const account of this.#accounts.values()) {
      const writes = account.writes()
      if (writes !== undefined) all.push(writes)
    }
    return all
  }
}
