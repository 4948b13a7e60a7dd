/**
 * `StateAccess` as an execution uses it: it remembers that a read threw. `@ethereumjs/evm` catches
 * every error around a value transfer and goes on as if the call had failed; so the error is kept,
 * and thrown again at the next read, checkpoint, commit or revert, and at the end.
 */

import type { CodeRef, StateAccess } from '../state-access.ts'

export class GuardedAccess implements StateAccess {
  readonly #access: StateAccess
  #failure: { readonly error: unknown } | undefined

  constructor(access: StateAccess) {
    this.#access = access
  }

  balance(address: Uint8Array): bigint {
    return this.#attempt(() => this.#access.balance(address))
  }

  nonce(address: Uint8Array): bigint {
    return this.#attempt(() => this.#access.nonce(address))
  }

  code(address: Uint8Array): CodeRef | undefined {
    return this.#attempt(() => this.#access.code(address))
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#attempt(() => this.#access.slot(address, key))
  }

  hasOrphanStorage(address: Uint8Array): boolean {
    return this.#attempt(() => this.#access.hasOrphanStorage(address))
  }

  expectNonce(address: Uint8Array, nonce: bigint): void {
    this.#access.expectNonce(address, nonce)
  }

  /** Abandons the execution with `error`, even if someone catches it on the way. */
  abandon(error: unknown): never {
    this.#failure = { error }
    throw error
  }

  /** Throws the error that abandoned the execution, if one did. */
  assertAlive(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Forgets the error: the execution starts over. */
  revive(): void {
    this.#failure = undefined
  }

  #attempt<T>(read: () => T): T {
    this.assertAlive()
    try {
      return read()
    } catch (error) {
      this.abandon(error)
    }
  }
}
