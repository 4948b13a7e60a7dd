/**
 * The reference executor's `StateAccess` over multi-version memory, for the worker thread it runs
 * in, and the way back: what an execution wrote, staged into the core.
 */

import { BLOCK_EPOCH, SCRATCH_BLOCKING_TX, SCRATCH_VALUE, STATE_EPOCH } from '../layout/control.ts'
import {
  CODE_DATA,
  CODE_HASH,
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '../layout/records.ts'
import { keccak256 } from '../primitives/keccak.ts'
import { CodeCache } from './code-cache.ts'
import type { CoreThread } from './core-thread.ts'
import {
  controlWord,
  loadWord,
  setAddress,
  setBound,
  setKey,
  setValue,
  setValueBytes,
  value,
  valueBytes,
} from './core-thread.ts'
import type { AccountWrites, CodeRef, StateAccess } from './reference/state-access.ts'

const LIMB_BITS = 64n

/** A read met a value that a lower transaction is about to write; the execution is abandoned. */
export class EstimateReadError extends Error {
  override readonly name = 'Engine.EstimateReadError'
  readonly blockingTx: number

  constructor(blockingTx: number) {
    super(`blocked by transaction ${blockingTx}`)
    this.blockingTx = blockingTx
  }
}

export class CoreState implements StateAccess {
  readonly #thread: CoreThread
  readonly #cache = new CodeCache()
  /** Code by the address of its record, which lives as long as the state. */
  readonly #codes = new Map<number, CodeRef>()
  #stateEpoch = -1

  constructor(thread: CoreThread) {
    this.#thread = thread
  }

  balance(address: Uint8Array): bigint {
    this.#read(KIND_BALANCE, address)
    return value(this.#thread)
  }

  nonce(address: Uint8Array): bigint {
    this.#read(KIND_NONCE, address)
    return value(this.#thread)
  }

  code(address: Uint8Array): CodeRef | undefined {
    this.#read(KIND_CODE, address)
    const ptr = loadWord(this.#thread, this.#thread.scratch + SCRATCH_VALUE)
    return ptr === 0 ? undefined : this.#codeAt(ptr)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    setKey(this.#thread, key)
    this.#read(KIND_SLOT, address)
    return valueBytes(this.#thread)
  }

  hasOrphanStorage(address: Uint8Array): boolean {
    this.#read(KIND_STORAGE_EPOCH, address)
    return value(this.#thread) >> LIMB_BITS !== 0n
  }

  expectNonce(address: Uint8Array, nonce: bigint): void {
    setAddress(this.#thread, address)
    setValue(this.#thread, nonce)
    this.#thread.core.expect(KIND_NONCE)
  }

  /** Stages the writes of the execution in progress; `finish` publishes them. */
  stage(txIndex: number, writes: readonly AccountWrites[]): void {
    for (const account of writes) this.#stageAccount(txIndex, account)
  }

  #read(kind: number, address: Uint8Array): void {
    const thread = this.#thread
    setAddress(thread, address)
    if (thread.core.read(kind) !== 0) return
    throw new EstimateReadError(loadWord(thread, thread.scratch + SCRATCH_BLOCKING_TX))
  }

  #codeAt(ptr: number): CodeRef {
    const epoch = controlWord(this.#thread, STATE_EPOCH)
    if (epoch !== this.#stateEpoch) {
      this.#codes.clear()
      this.#stateEpoch = epoch
    }
    let code = this.#codes.get(ptr)
    if (code === undefined) {
      code = this.#cache.read(this.#thread, ptr)
      this.#codes.set(ptr, code)
    }
    return code
  }

  #stageAccount(txIndex: number, account: AccountWrites): void {
    const thread = this.#thread
    const { core } = thread
    setAddress(thread, account.address)
    // The epoch goes first: slots written by the same transaction are written after it.
    if (account.storageCleared) {
      setValue(thread, storageEpoch(thread, txIndex))
      core.writeAbsolute(KIND_STORAGE_EPOCH)
    }
    if (typeof account.balance === 'bigint') {
      setValue(thread, account.balance)
      core.writeAbsolute(KIND_BALANCE)
    } else if (account.balance !== undefined) {
      setValue(thread, account.balance.amount)
      setBound(thread, account.balance.required)
      core.writeDelta(KIND_BALANCE)
    }
    if (account.nonce !== undefined) {
      setValue(thread, account.nonce)
      core.writeAbsolute(KIND_NONCE)
    }
    if (account.code !== undefined) {
      setValue(thread, BigInt(account.code === null ? 0 : storeCode(thread, account.code)))
      core.writeAbsolute(KIND_CODE)
    }
    for (const { key, value } of account.slots) {
      setKey(thread, key)
      setValueBytes(thread, value)
      core.writeAbsolute(KIND_SLOT)
    }
  }
}

/** What step `txIndex` of the open block writes into the storage epoch of an account it deletes. */
export function storageEpoch(thread: CoreThread, txIndex: number): bigint {
  return BigInt.asUintN(64, (BigInt(controlWord(thread, BLOCK_EPOCH)) << 32n) | BigInt(txIndex + 1))
}

/** Address of the record of this code, stored if it is new. */
export function storeCode(thread: CoreThread, code: Uint8Array): number {
  return storeCodeOf(thread, keccak256(code), thread.scratch + SCRATCH_VALUE, () => code)
}

/** The same for code that is only asked for if it is new; `scratch` is a word for its hash. */
export function storeCodeOf(
  thread: CoreThread,
  hash: Uint8Array,
  scratch: number,
  code: () => Uint8Array,
): number {
  thread.bytes.set(hash, scratch)
  const found = thread.core.findCode(scratch)
  if (found !== 0) return found
  const bytes = code()
  const ptr = thread.core.allocateCode(bytes.length) >>> 0
  thread.bytes.set(hash, ptr + CODE_HASH)
  thread.bytes.set(bytes, ptr + CODE_DATA)
  return thread.core.publishCode(ptr) >>> 0
}
