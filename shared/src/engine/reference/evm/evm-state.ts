/**
 * What `@ethereumjs/evm` knows as its state manager, over the state of the execution at hand. It
 * lives as long as its EVM. Everything is synchronous inside: a read that throws, throws through the
 * EVM's awaits to whoever began the execution.
 */

import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import type { Account, Address } from '@ethereumjs/util'
import { assert } from '../../../primitives/assert.ts'
import { BaseError } from '../../../primitives/base-error.ts'
import type { AccountState } from '../state/account-state.ts'
import type { JournaledState } from '../state/journaled-state.ts'
import { LazyAccount } from './lazy-account.ts'

const DONE = Promise.resolve()
const NO_CODE = new Uint8Array(0)

/** Nothing in an execution asks for state roots or caches; whoever does, took a wrong turn. */
class UnsupportedStateOperationError extends BaseError {
  override readonly name = 'Engine.UnsupportedStateOperationError'
}

export class EvmState implements StateManagerInterface {
  #state: JournaledState | undefined
  #views = new WeakMap<AccountState, Promise<LazyAccount>>()

  readonly originalStorageCache = {
    get: (address: Address, key: Uint8Array): Promise<Uint8Array> => {
      return Promise.resolve(this.state.account(address.bytes).slot(key).original)
    },
    clear: (): void => {},
  }

  /** The state of the execution at hand. */
  get state(): JournaledState {
    assert(this.#state !== undefined, 'the EVM runs only inside an execution')
    return this.#state
  }

  /** From here on the EVM works on `state`, and nothing of an earlier execution is left. */
  begin(state: JournaledState): void {
    this.#state = state
    this.#views = new WeakMap()
  }

  /**
   * Undefined if the account does not exist. From Spurious Dragon on an empty account is as good as
   * none, which saves the reads that would tell the two apart.
   */
  getAccount(address: Address): Promise<Account | undefined> {
    const account = this.state.account(address.bytes)
    if (!this.state.deletesEmptyAccounts && account.code === undefined) return ABSENT
    let view = this.#views.get(account)
    if (view === undefined) {
      view = Promise.resolve(new LazyAccount(account))
      this.#views.set(account, view)
    }
    return view
  }

  /** A `LazyAccount` has nothing to put; a new account brings its values, and exists from now on. */
  putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address)
    const state = this.state.account(address.bytes)
    this.state.touch(state)
    if (!(account instanceof LazyAccount)) {
      if (state.nonce !== account.nonce) state.nonce = account.nonce
      if (state.balance !== account.balance) state.balance = account.balance
    }
    return DONE
  }

  deleteAccount(address: Address): Promise<void> {
    this.state.account(address.bytes).destroy()
    return DONE
  }

  modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = this.state.account(address.bytes)
    if (fields.nonce !== undefined) account.nonce = fields.nonce
    if (fields.balance !== undefined) account.balance = fields.balance
    return DONE
  }

  putCode(address: Address, code: Uint8Array): Promise<void> {
    this.state.account(address.bytes).setCode(code)
    return DONE
  }

  getCode(address: Address): Promise<Uint8Array> {
    return Promise.resolve(this.state.account(address.bytes).code?.bytes ?? NO_CODE)
  }

  getCodeSize(address: Address): Promise<number> {
    return Promise.resolve(this.state.account(address.bytes).code?.bytes.length ?? 0)
  }

  getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(this.state.account(address.bytes).slot(key).value)
  }

  putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.state.writeSlot(address.bytes, key, value)
    return DONE
  }

  /** The EVM calls this only where it creates a contract. */
  clearStorage(address: Address): Promise<void> {
    this.state.account(address.bytes).beginContract()
    return DONE
  }

  checkpoint(): Promise<void> {
    this.state.checkpoint()
    return DONE
  }

  commit(): Promise<void> {
    this.state.commit()
    return DONE
  }

  revert(): Promise<void> {
    this.state.revert()
    return DONE
  }

  getStateRoot(): Promise<Uint8Array> {
    return unsupported('getStateRoot')
  }

  setStateRoot(): Promise<void> {
    return unsupported('setStateRoot')
  }

  hasStateRoot(): Promise<boolean> {
    return unsupported('hasStateRoot')
  }

  clearCaches(): void {}

  shallowCopy(): StateManagerInterface {
    return unsupported('shallowCopy')
  }
}

const ABSENT: Promise<undefined> = Promise.resolve(undefined)

function unsupported(operation: string): never {
  throw new UnsupportedStateOperationError(`the EVM's state manager has no ${operation}`)
}
