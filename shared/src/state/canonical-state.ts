/**
 * The canonical chain and its state in a store: opened from a genesis, moved forward a sealed block
 * at a time, each in one transaction, and back by the change sets. It knows nothing of roots: what
 * writes the trie's nodes is handed in with the block, and `changesSince` says what moving back does
 * to them.
 */

import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { StateReader } from '../chain/state-reader.ts'
import type { TrieWriter } from '../chain/state-trie.ts'
import { transactionHash } from '../chain/transaction.ts'
import { assert } from '../primitives/assert.ts'
import type { LogRetention } from '../store/repositories/logged-messages.ts'
import type { Head } from '../store/repositories/meta-repository.ts'
import type { Store } from '../store/store.ts'
import { MEND, StoreCorruptedError } from '../store/store-error.ts'
import { changesBack } from './changes-back.ts'
import type { CompleteGenesis } from './genesis-block.ts'
import { settleGenesis } from './genesis-block.ts'
import { HistoricState, LatestState, StateUnavailableError } from './state-readers.ts'
import type { SealedBlock } from './store-block.ts'
import { storeBlock } from './store-block.ts'

/** How far back the state can be read and the chain be unwound, and how much of the log is kept. */
export interface Retention {
  readonly blocks: number
  readonly log: LogRetention
}

const DAY_MS = 24 * 3600 * 1000

/** A day of the log, of at most a million messages: a block has 65,538 at most. */
export const DEFAULT_RETENTION: Retention = {
  blocks: 1024,
  log: { maxMessages: 1_000_000, maxAgeMs: DAY_MS },
}

export class CanonicalState {
  readonly latest: StateReader
  readonly #store: Store
  readonly #retention: Retention
  #head: Head

  private constructor(store: Store, retention: Retention, head: Head) {
    this.#store = store
    this.#retention = retention
    this.#head = head
    this.latest = new LatestState(store)
  }

  /**
   * Opens the chain of `genesis` in the store, and writes its block 0 and state when it is new, with
   * the trie's nodes that `writeTrie` hands over.
   * @throws GenesisMismatchError when the store holds another chain
   * @throws ForkScheduleError when a fork below the head is scheduled otherwise than it was
   */
  static async open(options: {
    store: Store
    genesis: CompleteGenesis
    retention?: Retention
    writeTrie?: TrieWriter
  }): Promise<CanonicalState> {
    const { store, genesis, retention = DEFAULT_RETENTION, writeTrie } = options
    const head = await settleGenesis(store, genesis, writeTrie)
    return new CanonicalState(store, retention, head)
  }

  /** The newest sealed block. */
  get head(): Head {
    return this.#head
  }

  /**
   * The state behind block `number`.
   * @throws StateUnavailableError when it is above the head or older than the retention
   */
  at(number: bigint): StateReader {
    return new HistoricState(this.#store, number)
  }

  /**
   * Makes `block`, whose steps have the given diffs in order, the new head, in one transaction. It is
   * in the store when this returns; the promise resolves when it is as safe as the store promises.
   * @throws NotNextBlockError
   */
  async apply(
    block: SealedBlock,
    diffs: readonly StateDiff[],
    writeTrie?: TrieWriter,
  ): Promise<void> {
    const { blocks: statesKept } = this.#retention
    const input = { block, diffs, statesKept, ...(writeTrie && { writeTrie }) }
    const { head } = await this.#store.transact(() => storeBlock(this.#store, input))
    this.#head = head
  }

  /** The next block, which another thread has stored. */
  stored(head: Head): void {
    assert(head.number === this.#head.number + 1n, 'blocks are stored one after the other')
    this.#head = head
  }

  /**
   * The changes that lead from the head back to the state behind `number`, for whoever keeps a trie.
   * @throws StateUnavailableError
   */
  changesSince(number: bigint): StateChange[] {
    this.#assertKept(number)
    return this.#store.snapshot(() => changesBack(this.#store, number, this.#head.number))
  }

  /**
   * Makes block `number` the head again, in one transaction: everything of the blocks above is
   * removed, but for code, and the state is that behind `number`.
   * @throws StateUnavailableError
   */
  async unwindTo(number: bigint, writeTrie?: TrieWriter): Promise<void> {
    this.#assertKept(number)
    this.#head = await this.#store.transact(() => {
      for (let above = this.#head.number; above > number; above--) this.#removeBlock(above)
      writeTrie?.(this.#store.trieNodes)
      const head = { number, hash: headerHash(this.#headerOf(number)) }
      this.#store.meta.setHead(head)
      return head
    })
  }

  #assertKept(number: bigint): void {
    const historyStart = this.#store.snapshot(() => this.#store.meta.historyStart) ?? 0n
    if (number >= historyStart && number <= this.#head.number) return
    throw new StateUnavailableError(
      `cannot go back to block ${number}: ${historyStart} to ${this.#head.number} are kept`,
    )
  }

  #removeBlock(number: bigint): void {
    const { accounts, slots, changeSets, blocks, edits, transactions } = this.#store
    const changes = changeSets.get(number)
    for (const { address, before } of changes.accounts) {
      if (before === undefined) accounts.remove(address)
      else accounts.put(address, before)
    }
    for (const { address, key, before } of changes.slots) slots.put(address, key, before)
    changeSets.remove(number)
    edits.remove(number)
    for (const bytes of blocks.body(number)?.transactions ?? []) {
      transactions.remove(transactionHash(bytes))
    }
    blocks.remove(number, headerHash(this.#headerOf(number)))
  }

  #headerOf(number: bigint): Header {
    const header = this.#store.blocks.header(number)
    if (header !== undefined) return header
    throw new StoreCorruptedError(`the store lacks the header of block ${number}: ${MEND}`)
  }
}
