/**
 * A chain that lasts, as whoever seals its blocks needs it: the head, the hashes that the next block
 * may ask for, and everything else in a data folder. It joins the canonical state with the state trie,
 * which whoever executes feeds, and whose nodes are stored with each block.
 */

import { BLOCK_HASH_COUNT } from '../chain/block.ts'
import type { Genesis } from '../chain/genesis.ts'
import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { AccountProof, StoredTrie } from '../chain/state-trie.ts'
import { assert } from '../primitives/assert.ts'
import { equalBytes } from '../primitives/bytes.ts'
import type { Store, StoreTables } from '../store/store.ts'
import { MEND, StoreCorruptedError } from '../store/store-error.ts'
import { proveAccount } from '../trie/prove.ts'
import type { Retention, SealedBlock } from './canonical-state.ts'
import { CanonicalState } from './canonical-state.ts'
import { emptiedAccounts } from './emptied-accounts.ts'
import { codeOf } from './state-readers.ts'

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
  /** Of the chain's first block. */
  readonly firstNumber: bigint
  #hashes: Map<bigint, Uint8Array>
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
    this.firstNumber = options.genesis.header.number
    this.#hashes = hashesBehind(options.store, head, this.firstNumber)
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

  /** The whole state behind the head; nothing may be written while it is taken. */
  *accounts(): Generator<GenesisAccount> {
    const { accounts, slots } = this.#store
    for (const { address, account } of accounts.all()) {
      const { balance, nonce, codeHash, isRecorded, hasStorage } = account
      const code = codeOf(this.#store, codeHash)
      const storage = hasStorage ? [...slots.ofAccount(address)] : []
      yield { address, balance, nonce, code, isRecorded, storage }
    }
  }

  /** Puts changes that no step makes, and that the next block comes with, into the trie. */
  editTrie(changes: readonly StateChange[]): void {
    this.#trie.apply(changes)
    this.#trie.apply(emptiedAccounts(this.#store, [{ changes, deltas: [], reads: [] }]))
    // What a block feeds comes behind it.
    this.#trie.root()
  }

  /** Takes back what the trie has been told since the head. */
  reopenTrie(): void {
    this.#trie.open(this.#head.header.stateRoot)
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
   * when this returns, and as safe as the store promises when the promise resolves. `beside` writes what
   * belongs to the same transaction.
   * @throws NotNextBlockError, StoreFullError
   */
  async apply(
    block: SealedBlock,
    diffs: readonly StateDiff[],
    beside: () => void = () => {},
  ): Promise<void> {
    await this.state.apply(block, diffs, (sink) => {
      this.#trie.writeOut(sink)
      beside()
    })
    this.#trie.prune(TRIE_BYTES)
    const { header } = block
    const { number, hash } = this.state.head
    this.#head = { header, hash }
    this.#hashes.set(number, hash)
    this.#hashes.delete(number - BLOCK_HASH_COUNT)
  }

  /** Header and hash of a block up to the head. */
  sealedAt(number: bigint): HeadBlock {
    const header = this.#store.snapshot(() => headerAt(this.#store, number))
    return { header, hash: headerHash(header) }
  }

  /**
   * The changes that lead from the head back to block `number`, for `revertTo`.
   * @throws StateUnavailableError
   */
  changesBackTo(number: bigint): StateChange[] {
    return this.state.changesSince(number)
  }

  /**
   * Makes block `number` the head again, in one transaction; the blocks above it are forgotten.
   * `changes` are those that lead back to it, `beside` is as in `apply`.
   * @throws StateUnavailableError
   */
  async revertTo(
    number: bigint,
    changes: readonly StateChange[],
    beside: () => void = () => {},
  ): Promise<void> {
    this.#trie.apply(changes)
    const { header, hash } = this.sealedAt(number)
    assert(equalBytes(this.#trie.root(), header.stateRoot), 'the way back leads to the same root')
    await this.state.unwindTo(number, (sink) => {
      this.#trie.writeOut(sink)
      beside()
    })
    this.#head = { header, hash }
    this.#hashes = hashesBehind(this.#store, this.#head, this.firstNumber)
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
