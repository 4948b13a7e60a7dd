/**
 * What `@ethereumjs/evm` knows as its transient storage (EIP-1153), over the state of the execution
 * at hand. It ends with that state and is undone with its undo log, so most of its life is empty.
 */

import type { EVM } from '@ethereumjs/evm'
import type { Address } from '@ethereumjs/util'
import type { EvmState } from './evm-state.ts'

type TransientStorage = EVM['transientStorage']
type UsedTransientStorage = Pick<
  TransientStorage,
  'get' | 'put' | 'checkpoint' | 'commit' | 'revert' | 'clear'
>

class EvmTransientStorage implements UsedTransientStorage {
  readonly #evmState: EvmState

  constructor(evmState: EvmState) {
    this.#evmState = evmState
  }

  get(address: Address, key: Uint8Array): Uint8Array {
    return this.#evmState.state.account(address.bytes).slot(key).transient
  }

  put(address: Address, key: Uint8Array, value: Uint8Array): void {
    this.#evmState.state.writeTransientSlot(address.bytes, key, value)
  }

  checkpoint(): void {}
  commit(): void {}
  revert(): void {}
  clear(): void {}
}

/** In the type that the EVM declares, whose class the package does not export. */
export function createEvmTransientStorage(evmState: EvmState): TransientStorage {
  return new EvmTransientStorage(evmState) as UsedTransientStorage as TransientStorage
}
