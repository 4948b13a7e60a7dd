/** `StateRoot` for one state after another. */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange } from '../chain/state-change.ts'
import { StateRoot } from './state-root.ts'

export class RebuiltRoot {
  #state = new StateRoot()

  /** Forgets everything; each of these accounts exists, also if it is empty. */
  async reset(alloc: readonly GenesisAccount[]): Promise<void> {
    this.#state = await StateRoot.fromGenesis(alloc)
  }

  apply(changes: readonly StateChange[]): Promise<void> {
    return this.#state.apply(changes)
  }

  root(): Promise<Uint8Array> {
    return this.#state.root()
  }
}
