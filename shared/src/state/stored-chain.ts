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
import type { Retention } from './canonical-state.ts'
import { CanonicalState } from './canonical-state.ts'
import { emptiedAccounts } from './emptied-accounts.ts'
import { codeOf } from './state-readers.ts'
import type { SealedBlock } from './store-block.ts'

/** Bytes of trie nodes that stay in memory behind a block. */
const TRIE_BYTES = 512 * 2 ** 20

/** What pruning leaves of them, so that it is not needed behind each block. */
const TRIE_BYTES_KEPT = 496 * 2 ** 20

export interface StoredChainOptions {
  readonly store: Store
  readonly genesis: Genesis
  /** The chain's from here on; what was in it is forgotten. */
  readonly trie: StoredTrie
  readonly retention?: Retention
}

/** A sealed block by its header. */
export interface HeadBlock {
  readonly header: Header
  readonly hash: Uint8Array
}

export class StoredChain {
  /** Readers of the newest state and of those behind recent blocks. */
  readonly state: CanonicalState
  readonly genesisHash: Uint8Array
  readonly #store: Store
  readonly #trie: StoredTrie
  /** The head of the store, which a sealed block may be on its way to. */
  #stored: HeadBlock
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
    this.#stored = head
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

  /** The newest sealed block. */
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

  /** The root behind the newest stored block, under which `prove` proves. */
  get storedRoot(): Uint8Array {
    return this.#stored.header.stateRoot
  }

  /** Proves account (20 bytes) and slots (keys of 32 bytes) under the stored state's root. */
  prove(address: Uint8Array, slots: readonly Uint8Array[]): AccountProof {
    const stateRoot = this.storedRoot
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
    this.#extend({ header: block.header, hash: this.state.head.hash })
    this.#stored = this.#head
    this.trim()
  }

  /**
   * Makes a block, whose root the trie has come to, the head before it is stored. Returns the nodes
   * that it changed (`readTrieBatch`), for the thread that stores it; then comes `stored`.
   */
  seal(block: HeadBlock): Uint8Array {
    const nodes = this.#trie.takeOut()
    this.#extend(block)
    return nodes
  }

  /** The sealed block is in the store. */
  stored(block: HeadBlock): void {
    this.state.stored({ number: block.header.number, hash: block.hash })
    this.#stored = block
  }

  /** Whether more of the trie is in memory than should be: `trim`, when every sealed block is stored. */
  get isTrieOver(): boolean {
    return this.#trie.nodeBytes > TRIE_BYTES
  }

  trim(): void {
    assert(this.#stored === this.#head, 'what is dropped from memory is in the store')
    if (this.isTrieOver) this.#trie.prune(TRIE_BYTES_KEPT)
  }

  #extend(head: HeadBlock): void {
    const { number } = head.header
    this.#head = head
    this.#hashes.set(number, head.hash)
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
    this.#stored = this.#head
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
