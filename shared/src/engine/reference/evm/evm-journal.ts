/**
 * What `@ethereumjs/evm` knows as its journal, over the state of the execution at hand: warm
 * addresses and slots are flags beside what was read there, where the original keeps sets of hex
 * strings.
 */

import type { EVM } from '@ethereumjs/evm'
import type { Account, Address } from '@ethereumjs/util'
import { hexToBytes } from '../../../primitives/bytes.ts'
import type { EvmStateManager } from './evm-state-manager.ts'
import type { PrecompileTable } from './precompile-table.ts'

type Journal = EVM['journal']

/** The part of the journal that the EVM itself uses. */
type UsedJournal = Pick<
  Journal,
  | 'putAccount'
  | 'checkpoint'
  | 'commit'
  | 'revert'
  | 'addAlwaysWarmAddress'
  | 'isWarmedAddress'
  | 'addWarmedAddress'
  | 'isWarmedStorage'
  | 'addWarmedStorage'
>

class EvmJournal implements UsedJournal {
  readonly #manager: EvmStateManager
  readonly #precompiles: PrecompileTable

  constructor(manager: EvmStateManager, precompiles: PrecompileTable) {
    this.#manager = manager
    this.#precompiles = precompiles
  }

  putAccount(address: Address, account: Account | undefined): Promise<void> {
    return this.#manager.putAccount(address, account)
  }

  checkpoint(): Promise<void> {
    return this.#manager.checkpoint()
  }

  commit(): Promise<void> {
    return this.#manager.commit()
  }

  revert(): Promise<void> {
    return this.#manager.revert()
  }

  addAlwaysWarmAddress(address: string): void {
    this.addWarmedAddress(hexToBytes(address))
  }

  isWarmedAddress(address: Uint8Array): boolean {
    const { state } = this.#manager
    return state.account(address).isWarm || this.#precompiles.at(address) !== undefined
  }

  addWarmedAddress(address: Uint8Array): void {
    this.#manager.state.warmAddress(address)
  }

  isWarmedStorage(address: Uint8Array, key: Uint8Array): boolean {
    return this.#manager.state.account(address).slot(key).isWarm
  }

  addWarmedStorage(address: Uint8Array, key: Uint8Array): void {
    this.#manager.state.warmSlot(address, key)
  }
}

/** The journal in the type that the EVM declares, whose class the package does not export. */
export function createEvmJournal(manager: EvmStateManager, precompiles: PrecompileTable): Journal {
  return new EvmJournal(manager, precompiles) as UsedJournal as Journal
}
