/**
 * A chain that lasts, as whoever seals its blocks needs it: the head, the hashes that the next block
 * may ask for, and everything else in a data folder. It joins the canonical state with the state trie,
 * which whoever executes feeds, and whose nodes are stored with each block.
 */

import { BLOCK_HASH_COUNT } from '../chain/block.ts'
import type { Genesis } from '../chain/genesis.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateDiff } from '../chain/state-change.ts'
import type { AccountProof, StoredTrie } from '../chain/state-trie.ts'
import type { Store, StoreTables } from '../store/store.ts'
import { MEND, StoreCorruptedError } from '../store/store-error.ts'
import { proveAccount } from '../trie/prove.ts'
import type { Retention, SealedBlock } from './canonical-state.ts'
import { CanonicalState } from './canonical-state.ts'

/** Bytes of trie nodes that stay in memory behind a block. */
const TRIE_BYTES = 512 * 2 ** 20

export interface StoredChainOptions {
  readonly store: Store
  readonly genesis: Genesis
  /** The chain's from here on; what was in it is forgotten. */
  readonly trie: StoredTrie
  readonly retention?: Retention
}

/** The newest sealed block. */
interface HeadBlock {
  readonly header: Header
  readonly hash: Uint8Array
}

export class StoredChain {
  /** Readers of the newest state and of those behind recent blocks. */
  readonly state: CanonicalState
  readonly genesisHash: Uint8Array
  readonly #store: Store
  readonly #trie: StoredTrie
  readonly #hashes: Map<bigint, Uint8Array>
  #head: HeadBlock

  private constructor(
    options: StoredChainOptions,
    state: CanonicalState,
    { head, genesisHash }: { head: HeadBlock; genesisHash: Uint8Array },
  ) {
    this.state = state
    this.genesisHash = genesisHash
    this.#store = options.store
    this.#trie = options.trie
    this.#head = head
    this.#hashes = hashesBehind(options.store, head, options.genesis.header.number)
  }

  /**
   * Opens the chain of `genesis` in the store, and writes its block 0 when it is new.
   * @throws GenesisMismatchError, ForkScheduleError
   * @throws StoreCorruptedError
   */
  static async open(options: StoredChainOptions): Promise<StoredChain> {
    const { store, genesis, trie, retention } = options
    trie.reset(genesis.alloc)
    const first = { ...genesis.header, stateRoot: trie.root() }
    const state = await CanonicalState.open({
      store,
      genesis: { ...genesis, header: first },
      ...(retention && { retention }),
      writeTrie: (sink) => trie.writeOut(sink),
    })
    const { number, hash } = state.head
    const header = store.snapshot(() => headerAt(store, number))
    trie.readFrom({ node: (place) => store.snapshot(() => store.trieNodes.node(place)) })
    trie.open(header.stateRoot)
    const head = { header, hash }
    return new StoredChain(options, state, { head, genesisHash: headerHash(first) })
  }

  get head(): HeadBlock {
    return this.#head
  }

  /** Blocks, receipts, places of transactions and all else of the folder, to read. */
  get tables(): StoreTables {
    return this.#store
  }

  /** Hashes of the newest blocks by number, as many as the next block may ask for; a copy. */
  recentHashes(): Map<bigint, Uint8Array> {
    return new Map(this.#hashes)
  }

  /** Proves account (20 bytes) and slots (keys of 32 bytes) under the head's state root. */
  prove(address: Uint8Array, slots: readonly Uint8Array[]): AccountProof {
    const { stateRoot } = this.#head.header
    return this.#store.snapshot(() => {
      return proveAccount(this.#store.trieNodes, stateRoot, { address, slots })
    })
  }

  /**
   * Makes the block, whose root the trie has come to, the head, in one transaction. It is in the store
   * when this returns, and as safe as the store promises when the promise resolves.
   * @throws NotNextBlockError, StoreFullError
   */
  async apply(block: SealedBlock, diffs: readonly StateDiff[]): Promise<void> {
    await this.state.apply(block, diffs, (sink) => this.#trie.writeOut(sink))
    this.#trie.prune(TRIE_BYTES)
    const { header } = block
    const { number, hash } = this.state.head
    this.#head = { header, hash }
    this.#hashes.set(number, hash)
    this.#hashes.delete(number - BLOCK_HASH_COUNT)
  }
}

function headerAt({ blocks }: StoreTables, number: bigint): Header {
  const header = blocks.header(number)
  if (header !== undefined) return header
  throw new StoreCorruptedError(`the store lacks the header of block ${number}: ${MEND}`)
}

/** Each header names the hash of the block before it, down to block `first`. */
function hashesBehind(store: Store, { header, hash }: HeadBlock, first: bigint) {
  const hashes = new Map([[header.number, hash]])
  let { number, parentHash } = header
  const oldest = number - BLOCK_HASH_COUNT + 1n
  while (number > first && number > oldest) {
    hashes.set(number - 1n, parentHash)
    ;({ number, parentHash } = store.snapshot(() => headerAt(store, number - 1n)))
  }
  return hashes
}
