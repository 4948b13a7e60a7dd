/** A chain of which only the head is kept: its state is the engine's and the trie's. */

import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import type { SealedBlock } from '@shredcast/shared/state/canonical-state'
import { ChainState } from '@shredcast/shared/state/chain-state'
import type { KeptChain } from './kept-chain.ts'

export class MemoryChain implements KeptChain {
  readonly genesisHash: Uint8Array
  readonly #genesis: Genesis
  readonly #state: ChainState
  readonly #hashes = new Map<bigint, Uint8Array>()

  /** The trie is the chain's from here on. */
  constructor(genesis: Genesis, trie: StateTrie) {
    this.#genesis = genesis
    this.#state = ChainState.fromGenesis(genesis, trie)
    this.genesisHash = this.#state.head.hash
    this.#hashes.set(genesis.header.number, this.genesisHash)
  }

  get head(): KeptChain['head'] {
    return this.#state.head
  }

  recentHashes(): ReadonlyMap<bigint, Uint8Array> {
    return this.#hashes
  }

  /** Asked for before the first block: there is no other state to give. */
  accounts(): readonly GenesisAccount[] {
    return this.#genesis.alloc
  }

  /** The trie has always been told which accounts are recorded. */
  emptied(): readonly [] {
    return []
  }

  async apply({ header }: SealedBlock): Promise<void> {
    this.#state.advance(header)
    this.#hashes.set(header.number, this.#state.head.hash)
    this.#hashes.delete(header.number - BLOCK_HASH_COUNT)
  }
}
