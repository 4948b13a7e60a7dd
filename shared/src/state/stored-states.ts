/**
 * The state of a stored chain as an importer meets it: a single line of blocks, each of which is in the
 * store, with its state and the nodes of its trie, before the next one is executed.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateDiff } from '../chain/state-change.ts'
import type { StoredTrie } from '../chain/state-trie.ts'
import { bytesToHex, equalBytes } from '../primitives/bytes.ts'
import type { BlockStates, PendingState } from './block-states.ts'
import { emptiedAccounts } from './emptied-accounts.ts'
import { NotNextBlockError } from './store-block.ts'
import type { StoredChain } from './stored-chain.ts'

export class StoredStates implements BlockStates {
  readonly #chain: StoredChain
  readonly #trie: StoredTrie
  /** The trie is that of the head. */
  #isAtHead = true

  /** `trie` is the chain's. */
  constructor(chain: StoredChain, trie: StoredTrie) {
    this.#chain = chain
    this.#trie = trie
  }

  /** @throws NotNextBlockError: only the head's state can be executed on, and an engine reads it itself */
  accountsAt(hash: Uint8Array): Iterable<GenesisAccount> {
    const { header } = this.#chain.head
    throw new NotNextBlockError(
      `a block on ${bytesToHex(hash)} is beside the chain, whose newest block is ${header.number}`,
    )
  }

  /** @throws NotNextBlockError */
  async beginAfter(parentHash: Uint8Array): Promise<PendingState> {
    const { hash, header } = this.#chain.head
    if (!equalBytes(parentHash, hash)) this.accountsAt(parentHash)
    if (!this.#isAtHead) this.#trie.open(header.stateRoot)
    this.#isAtHead = false
    const diffs: StateDiff[] = []
    return {
      apply: async (diff) => {
        diffs.push(diff)
        this.#trie.apply(diff.changes)
      },
      root: async () => {
        this.#trie.apply(emptiedAccounts(this.#chain.tables, diffs))
        return this.#trie.root()
      },
      keep: async (_, block) => {
        await this.#chain.apply(block, diffs)
        this.#isAtHead = true
      },
    }
  }
}
