/**
 * The state behind the newest commit: what the newest blocks changed, over the state of a store that
 * follows block by block. Fed with the changes of each step the moment it is committed; a commit is
 * never taken back.
 */

import type { StateChange } from '../chain/state-change.ts'
import type { StateView } from '../chain/state-reader.ts'
import { assert } from '../primitives/assert.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../primitives/keccak.ts'

/** The state that is stored, as `CanonicalState` has it. */
export interface StoredState {
  readonly latest: StateView
  /** The block that `latest` is behind. */
  readonly head: { readonly number: bigint }
}

interface Account {
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeHash: Uint8Array
}

/** What one block changed; newer layers cover older ones. */
interface Layer {
  readonly number: bigint
  readonly accounts: Map<Hex, Account>
  /** Accounts whose storage below this layer is gone. */
  readonly cleared: Set<Hex>
  /** By address, then by key. */
  readonly slots: Map<Hex, Map<Hex, Uint8Array>>
  readonly codes: Map<Hex, Uint8Array>
}

const NO_ACCOUNT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }
const ZERO = new Uint8Array(32)

export class LiveState implements StateView {
  readonly #stored: StoredState
  /** Of the blocks that the store may not have yet, newest first. */
  #layers: readonly Layer[] = []

  constructor(stored: StoredState) {
    this.#stored = stored
  }

  /** What is applied from here on belongs to block `number`, and nothing that was before. */
  beginBlock(number: bigint): void {
    const layer = {
      number,
      accounts: new Map(),
      cleared: new Set<Hex>(),
      slots: new Map(),
      codes: new Map(),
    }
    const stored = this.#stored.head.number
    const older = this.#layers.filter((kept) => kept.number > stored && kept.number < number)
    this.#layers = [layer, ...older]
  }

  /** Forgets what the blocks above `number` changed. */
  revertTo(number: bigint): void {
    this.#layers = this.#layers.filter((layer) => layer.number <= number)
  }

  apply(changes: readonly StateChange[]): void {
    const layer = this.#layers[0]
    assert(layer !== undefined, 'changes belong to a block')
    for (const change of changes) this.#change(layer, change)
  }

  account(address: Uint8Array): Account | undefined {
    return this.#account(this.#layers, address)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#slot(this.#layers, address, key)
  }

  code(hash: Uint8Array): Uint8Array {
    const key = bytesToHex(hash)
    const layer = this.#layers.find(({ codes }) => codes.has(key))
    return layer?.codes.get(key)?.slice() ?? this.#stored.latest.code(hash)
  }

  /** The state behind a sealed block that the store does not have yet. */
  at(number: bigint): StateView {
    const layers = this.#layers.filter((layer) => layer.number <= number)
    return {
      account: (address) => this.#account(layers, address),
      slot: (address, key) => this.#slot(layers, address, key),
      code: (hash) => this.code(hash),
    }
  }

  #account(layers: readonly Layer[], address: Uint8Array): Account | undefined {
    const key = bytesToHex(address)
    const layer = layers.find(({ accounts }) => accounts.has(key))
    return layer?.accounts.get(key) ?? this.#stored.latest.account(address)
  }

  #slot(layers: readonly Layer[], address: Uint8Array, key: Uint8Array): Uint8Array {
    const [account, slot] = [bytesToHex(address), bytesToHex(key)]
    for (const { slots, cleared } of layers) {
      const value = slots.get(account)?.get(slot)
      if (value !== undefined) return value.slice()
      if (cleared.has(account)) return ZERO.slice()
    }
    return this.#stored.latest.slot(address, key)
  }

  /** An account that is deleted stays as one that holds nothing: nobody here can tell the two apart. */
  #change(layer: Layer, change: StateChange): void {
    const { address, code, slots } = change
    const key = bytesToHex(address)
    const before = code === null ? NO_ACCOUNT : (this.account(address) ?? NO_ACCOUNT)
    const { nonce = before.nonce, balance = before.balance } = change
    const codeHash = code ? keepCode(layer, code) : before.codeHash
    layer.accounts.set(key, { nonce, balance, codeHash })
    if (code === null || change.storageCleared === true) {
      layer.cleared.add(key)
      layer.slots.delete(key)
    }
    if (slots.length === 0) return
    const values = layer.slots.get(key) ?? new Map<Hex, Uint8Array>()
    for (const slot of slots) values.set(bytesToHex(slot.key), slot.value)
    layer.slots.set(key, values)
  }
}

function keepCode({ codes }: Layer, code: Uint8Array): Uint8Array {
  if (code.length === 0) return EMPTY_CODE_HASH
  const hash = keccak256(code)
  codes.set(bytesToHex(hash), code)
  return hash
}
