/**
 * The account object that the EVM gets: a view of an `AccountState`. A getter reads the one location
 * it names; a setter takes effect at once. All objects for an account show the same values, so the
 * EVM cannot write back a stale copy that it kept over a sub-call.
 */

import { Account } from '@ethereumjs/util'
import { assert } from '../../../primitives/assert.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../../primitives/keccak.ts'
import type { AccountState } from '../state/account-state.ts'

/** Stands for the root of any storage that is not empty: nobody asks for more (EIP-7610). */
const SOME_STORAGE_ROOT = new Uint8Array(32).fill(0xff)

export class LazyAccount extends Account {
  readonly #state: AccountState

  constructor(state: AccountState) {
    super(null, null, null, null, null, null)
    this.#state = state
  }

  override get nonce(): bigint {
    return this.#state.nonce
  }

  override set nonce(value: bigint) {
    this.#state.nonce = value
  }

  override get balance(): bigint {
    return this.#state.balance
  }

  override set balance(value: bigint) {
    this.#state.balance = value
  }

  override get codeHash(): Uint8Array {
    return this.#state.code?.hash ?? EMPTY_CODE_HASH
  }

  override set codeHash(_hash: Uint8Array) {
    assert(false, 'code is set by its bytes')
  }

  override get codeSize(): number {
    return this.#state.code?.bytes.length ?? 0
  }

  override set codeSize(_size: number) {
    assert(false, 'code is set by its bytes')
  }

  override get storageRoot(): Uint8Array {
    return this.#state.hasOrphanStorage ? SOME_STORAGE_ROOT : EMPTY_TRIE_ROOT
  }

  override set storageRoot(_root: Uint8Array) {
    assert(false, 'storage is set slot by slot')
  }

  override isContract(): boolean {
    return this.#state.hasCode
  }

  override isEmpty(): boolean {
    return this.#state.isEmpty
  }
}
