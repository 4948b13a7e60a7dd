/** A chain of which only the head is kept: its state is the engine's and the trie's. */

import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import { REVERTED_BLOCKS_MAX } from '@shredcast/shared/chain/block-edits'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import { ChainState } from '@shredcast/shared/state/chain-state'
import type { SealedBlock } from '@shredcast/shared/state/store-block'
import type { KeptChain } from './kept-chain.ts'

export class MemoryChain implements KeptChain {
  readonly genesisHash: Uint8Array
  readonly #genesis: Genesis
  readonly #state: ChainState
  readonly #hashes = new Map<bigint, Uint8Array>()
  /** Of the newest blocks, where the chain may go back to them. */
  readonly #headers = new Map<bigint, Header>()

  /** The trie is the chain's from here on. */
  constructor(genesis: Genesis, trie: StateTrie) {
    this.#genesis = genesis
    this.#state = ChainState.fromGenesis(genesis, trie)
    this.genesisHash = this.#state.head.hash
    this.#hashes.set(genesis.header.number, this.genesisHash)
    this.#note(this.#state.head.header)
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
    this.#note(header)
  }

  headerAt(number: bigint): Header | undefined {
    return this.#headers.get(number)
  }

  async revertTo(header: Header): Promise<void> {
    this.#state.advance(header)
    for (const kept of [...this.#headers.keys()]) {
      if (kept > header.number) this.#headers.delete(kept)
    }
    this.#hashes.clear()
    for (const [number, kept] of this.#headers) {
      if (number > header.number - BLOCK_HASH_COUNT) this.#hashes.set(number, headerHash(kept))
    }
  }

  #note(header: Header): void {
    if (!this.#genesis.config.isDevelopment) return
    this.#headers.set(header.number, header)
    this.#headers.delete(header.number - REVERTED_BLOCKS_MAX - 1n)
  }
}
