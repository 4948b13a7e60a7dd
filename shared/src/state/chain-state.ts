/**
 * The state of a chain that starts from a genesis, as far as the header needs it: the state root
 * after each block, from the diffs of its steps.
 */

import type { Genesis } from '../chain/genesis.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateDiff } from '../chain/state-change.ts'
import { StateRoot } from '../trie/state-root.ts'

export class ChainState {
  readonly #root: StateRoot
  /** Header and hash of the newest block whose diffs are applied. */
  #head: { header: Header; hash: Uint8Array }

  private constructor(root: StateRoot, header: Header) {
    this.#root = root
    this.#head = { header, hash: headerHash(header) }
  }

  static async fromGenesis(genesis: Genesis): Promise<ChainState> {
    const root = await StateRoot.fromGenesis(genesis.alloc)
    return new ChainState(root, { ...genesis.header, stateRoot: await root.root() })
  }

  get head(): { readonly header: Header; readonly hash: Uint8Array } {
    return this.#head
  }

  /** Applies the diffs of a block's steps, in order; returns the state root behind them. */
  async apply(diffs: readonly StateDiff[]): Promise<Uint8Array> {
    await this.#root.apply(diffs.flatMap((diff) => diff.changes))
    return this.#root.root()
  }

  /** The block that was applied last is sealed. */
  advance(header: Header): void {
    this.#head = { header, hash: headerHash(header) }
  }
}
