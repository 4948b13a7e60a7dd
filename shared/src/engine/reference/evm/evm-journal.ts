/**
 * What `@ethereumjs/evm` knows as its journal, over the state of the execution at hand: warm
 * addresses and slots are flags beside what was read there, where the original keeps sets of hex
 * strings.
 */

import type { EVM } from '@ethereumjs/evm'
import type { Account, Address } from '@ethereumjs/util'
import { hexToBytes } from '../../../primitives/bytes.ts'
import type { EvmState } from './evm-state.ts'
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
  readonly #evmState: EvmState
  readonly #precompiles: PrecompileTable

  constructor(evmState: EvmState, precompiles: PrecompileTable) {
    this.#evmState = evmState
    this.#precompiles = precompiles
  }

  putAccount(address: Address, account: Account | undefined): Promise<void> {
    return this.#evmState.putAccount(address, account)
  }

  checkpoint(): Promise<void> {
    return this.#evmState.checkpoint()
  }

  commit(): Promise<void> {
    return this.#evmState.commit()
  }

  revert(): Promise<void> {
    return this.#evmState.revert()
  }

  addAlwaysWarmAddress(address: string): void {
    this.addWarmedAddress(hexToBytes(address))
  }

  isWarmedAddress(address: Uint8Array): boolean {
    const { state } = this.#evmState
    return state.account(address).isWarm || this.#precompiles.at(address) !== undefined
  }

  addWarmedAddress(address: Uint8Array): void {
    this.#evmState.state.warmAddress(address)
  }

  isWarmedStorage(address: Uint8Array, key: Uint8Array): boolean {
    return this.#evmState.state.account(address).slot(key).isWarm
  }

  addWarmedStorage(address: Uint8Array, key: Uint8Array): void {
    this.#evmState.state.warmSlot(address, key)
  }
}

/** The journal in the type that the EVM declares, whose class the package does not export. */
export function createEvmJournal(evmState: EvmState, precompiles: PrecompileTable): Journal {
  return new EvmJournal(evmState, precompiles) as UsedJournal as Journal
}
