/**
 * How far a chain that starts from a genesis has come: its newest block. Its state is the engine's, and
 * the trie's that gives the roots (`Engine.stateRoot`).
 */

import type { Genesis } from '../chain/genesis.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateTrie } from '../chain/state-trie.ts'

export class ChainState {
  /** Header and hash of the newest block. */
  #head: { header: Header; hash: Uint8Array }

  private constructor(header: Header) {
    this.#head = { header, hash: headerHash(header) }
  }

  /** The trie is the chain's from here on; what was in it is forgotten. */
  static fromGenesis(genesis: Genesis, trie: StateTrie): ChainState {
    trie.reset(genesis.alloc)
    return new ChainState({ ...genesis.header, stateRoot: trie.root() })
  }

  get head(): { readonly header: Header; readonly hash: Uint8Array } {
    return this.#head
  }

  /** A block on top of the newest one is sealed. */
  advance(header: Header): void {
    this.#head = { header, hash: headerHash(header) }
  }
}
