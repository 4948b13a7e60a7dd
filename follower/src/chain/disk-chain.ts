/** A chain in a data folder. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'
import type { SealedBlock } from '@shredcast/shared/state/canonical-state'
import { emptiedAccounts } from '@shredcast/shared/state/emptied-accounts'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { KeptChain } from './kept-chain.ts'

export class DiskChain implements KeptChain {
  readonly #stored: StoredChain

  constructor(stored: StoredChain) {
    this.#stored = stored
  }

  get genesisHash(): Uint8Array {
    return this.#stored.genesisHash
  }

  get head(): KeptChain['head'] {
    return this.#stored.head
  }

  recentHashes(): ReadonlyMap<bigint, Uint8Array> {
    return this.#stored.recentHashes()
  }

  accounts(): Iterable<GenesisAccount> {
    return this.#stored.accounts()
  }

  emptied(diffs: readonly StateDiff[]): readonly StateChange[] {
    return emptiedAccounts(this.#stored.tables, diffs)
  }

  apply(block: SealedBlock, diffs: readonly StateDiff[]): Promise<void> {
    return this.#stored.apply(block, diffs)
  }
}
