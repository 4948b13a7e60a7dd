/** A chain in a data folder. */

import type { Header } from '@shredcast/shared/chain/header'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'
import type { Engine } from '@shredcast/shared/engine/engine'
import { emptiedAccounts } from '@shredcast/shared/state/emptied-accounts'
import type { SealedBlock } from '@shredcast/shared/state/store-block'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { KeptChain } from './kept-chain.ts'

export class DiskChain implements KeptChain {
  readonly #stored: StoredChain
  readonly #beside: () => void

  /** `beside` writes what is stored in the transaction of each block, or way back. */
  constructor(stored: StoredChain, beside: () => void) {
    this.#stored = stored
    this.#beside = beside
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

  /** The engine's workers read the folder. */
  accounts(): readonly [] {
    return []
  }

  emptied(diffs: readonly StateDiff[]): readonly StateChange[] {
    return emptiedAccounts(this.#stored.tables, diffs)
  }

  apply(block: SealedBlock, diffs: readonly StateDiff[]): Promise<void> {
    return this.#stored.apply(block, diffs, this.#beside)
  }

  headerAt(number: bigint): Header | undefined {
    const { tables } = this.#stored
    if (number > this.head.header.number) return undefined
    return tables.snapshot(() => tables.blocks.header(number))
  }

  async revertTo(
    { number }: Header,
    changes: readonly StateChange[],
    engine: Engine,
  ): Promise<void> {
    // The engine reads the folder anew.
    await engine.loadState([])
    await this.#stored.revertTo(number, changes, this.#beside)
  }
}
