/**
 * What `@ethereumjs/evm` knows as its transient storage (EIP-1153), over the state of the execution
 * at hand. It ends with that state and is undone with its undo log, so most of its life is empty.
 */

import type { EVM } from '@ethereumjs/evm'
import type { Address } from '@ethereumjs/util'
import type { EvmStateManager } from './evm-state-manager.ts'

type TransientStorage = EVM['transientStorage']
type UsedTransientStorage = Pick<
  TransientStorage,
  'get' | 'put' | 'checkpoint' | 'commit' | 'revert' | 'clear'
>

class EvmTransientStorage implements UsedTransientStorage {
  readonly #manager: EvmStateManager

  constructor(manager: EvmStateManager) {
    this.#manager = manager
  }

  get(address: Address, key: Uint8Array): Uint8Array {
    return this.#manager.state.account(address.bytes).slot(key).transient
  }

  put(address: Address, key: Uint8Array, value: Uint8Array): void {
    this.#manager.state.writeTransientSlot(address.bytes, key, value)
  }

  checkpoint(): void {}
  commit(): void {}
  revert(): void {}
  clear(): void {}
}

/** In the type that the EVM declares, whose class the package does not export. */
export function createEvmTransientStorage(manager: EvmStateManager): TransientStorage {
  return new EvmTransientStorage(manager) as UsedTransientStorage as TransientStorage
}
