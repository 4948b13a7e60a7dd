/**
 * The state behind the newest committed step, read on the main thread: the thread that locks the gate
 * needs none. Reading adds nothing to the core's tables; what they do not have comes from the reader.
 */

import type { BaseReader } from '../chain/state-reader.ts'
import { COMMIT_INDEX } from '../layout/control.ts'
import { CODE_HASH, KIND_BALANCE, KIND_CODE, KIND_NONCE, KIND_SLOT } from '../layout/records.ts'
import { EMPTY_CODE_HASH } from '../primitives/keccak.ts'
import type { AccountState } from './call-result.ts'
import { readCodeBytes } from './code-cache.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, setAddress, setKey, value, valueBytes } from './core-thread.ts'

const NO_BYTES = new Uint8Array(0)

export class CommittedState {
  readonly #host: CoreThread
  /** Undefined where all the state is in memory. */
  readonly #reader: BaseReader | undefined

  constructor(host: CoreThread, reader: BaseReader | undefined) {
    this.#host = host
    this.#reader = reader
  }

  account(address: Uint8Array): AccountState {
    const balance = this.#number(address, KIND_BALANCE)
    const nonce = this.#number(address, KIND_NONCE)
    const code = this.#number(address, KIND_CODE)
    const isCached = balance !== undefined && nonce !== undefined && code !== undefined
    const stored = isCached ? undefined : this.#reader?.account(address)
    return {
      balance: balance ?? stored?.balance ?? 0n,
      nonce: nonce ?? stored?.nonce ?? 0n,
      codeHash:
        code === undefined ? (stored?.codeHash ?? EMPTY_CODE_HASH) : this.#codeHash(Number(code)),
    }
  }

  /** Empty for an account without code. */
  code(address: Uint8Array): Uint8Array {
    const code = this.#number(address, KIND_CODE)
    if (code !== undefined) return code === 0n ? NO_BYTES : readCodeBytes(this.#host, Number(code))
    const stored = this.#reader?.account(address)
    return stored === undefined ? NO_BYTES : (this.#reader?.code(stored.codeHash) ?? NO_BYTES)
  }

  /** Key and value have 32 bytes. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    setKey(this.#host, key)
    if (this.#isCached(address, KIND_SLOT)) return valueBytes(this.#host)
    return this.#reader?.slot(address, key) ?? new Uint8Array(32)
  }

  #number(address: Uint8Array, kind: number): bigint | undefined {
    return this.#isCached(address, kind) ? value(this.#host) : undefined
  }

  /** Then the value is in the host's scratch. */
  #isCached(address: Uint8Array, kind: number): boolean {
    setAddress(this.#host, address)
    const { core } = this.#host
    return core.readCommitted(controlWord(this.#host, COMMIT_INDEX), kind) !== 0
  }

  #codeHash(record: number): Uint8Array {
    if (record === 0) return EMPTY_CODE_HASH
    return this.#host.bytes.slice(record + CODE_HASH, record + CODE_HASH + 32)
  }
}
