/**
 * The state of a chain that starts from a genesis, as far as the header needs it: the state root
 * after each block, from the diffs of its steps.
 */

import type { Genesis } from '../chain/genesis.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateDiff } from '../chain/state-change.ts'
import type { StateTrie } from '../chain/state-trie.ts'

export class ChainState {
  readonly #trie: StateTrie
  /** Header and hash of the newest block whose diffs are applied. */
  #head: { header: Header; hash: Uint8Array }

  private constructor(trie: StateTrie, header: Header) {
    this.#trie = trie
    this.#head = { header, hash: headerHash(header) }
  }

  /** The trie is the state's from here on; what was in it is forgotten. */
  static fromGenesis(genesis: Genesis, trie: StateTrie): ChainState {
    trie.reset(genesis.alloc)
    return new ChainState(trie, { ...genesis.header, stateRoot: trie.root() })
  }

  get head(): { readonly header: Header; readonly hash: Uint8Array } {
    return this.#head
  }

  /** Applies the diffs of a block's steps, in order; returns the state root behind them. */
  apply(diffs: readonly StateDiff[]): Uint8Array {
    for (const diff of diffs) this.#trie.apply(diff.changes)
    return this.#trie.root()
  }

  /** The block that was applied last is sealed. */
  advance(header: Header): void {
    this.#head = { header, hash: headerHash(header) }
  }
}
