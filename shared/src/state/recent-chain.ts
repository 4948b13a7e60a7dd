/**
 * The newest blocks of a chain as it is being made: fed with each block's opening, commits and seal
 * in the order of the stream, asked for blocks, transactions and states. Older blocks are asked of
 * whoever keeps them. Memory is bounded by counts of blocks and transactions.
 */

import type { BlockContext } from '../chain/block.ts'
import type {
  BlockRecord,
  CommittedShred,
  PlacedTransaction,
  TransactionRecord,
} from '../chain/block-record.ts'
import type { Header } from '../chain/header.ts'
import type { Receipt } from '../chain/receipt.ts'
import { BLOOM_BYTES } from '../chain/receipt.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { StateView } from '../chain/state-reader.ts'
import { transactionHash } from '../chain/transaction.ts'
import { assert } from '../primitives/assert.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import { EMPTY_LIST_HASH } from '../primitives/keccak.ts'
import type { StoredState } from './live-state.ts'
import { LiveState } from './live-state.ts'

const BLOCKS_KEPT = 256

/** About 2 KiB each, more with many logs. */
const TRANSACTIONS_KEPT = 65_536

/** A commit as the stream's shred tells it. */
export interface Commit {
  readonly transaction: Uint8Array
  readonly sender: Uint8Array
  readonly shredIndex: number
  readonly receipt: Receipt
  readonly startingLogIndex: number
  readonly diff: StateDiff
}

interface OpenBlock extends BlockRecord {
  readonly hash: undefined
  readonly transactions: TransactionRecord[]
}

interface SealedRecord extends BlockRecord {
  readonly hash: Uint8Array
}

/** Sealed blocks that are kept elsewhere for long. */
export interface OlderBlocks {
  block(number: bigint): BlockRecord | undefined
  numberOf(hash: Uint8Array): bigint | undefined
  placeOf(transactionHash: Uint8Array): TransactionPlace | undefined
  /** The state behind a block; undefined when it is not kept, or not there yet. */
  stateAt(number: bigint): StateView | undefined
}

interface TransactionPlace {
  readonly blockNumber: bigint
  readonly index: number
}

export interface RecentChainOptions {
  /** The newest sealed block. */
  readonly head: SealedRecord
  readonly stored: StoredState
  readonly older: OlderBlocks
  readonly limits?: RecentChainLimits
}

interface RecentChainLimits {
  readonly blocks?: number
  readonly transactions?: number
}

export class RecentChain {
  readonly #state: LiveState
  readonly #stored: StoredState
  readonly #limits: Required<RecentChainLimits>
  /** Sealed blocks in ascending order. */
  readonly #blocks = new Map<bigint, SealedRecord>()
  readonly #numberOfHash = new Map<Hex, bigint>()
  readonly #places = new Map<Hex, TransactionPlace>()
  readonly #older: OlderBlocks
  #head: SealedRecord
  #open: OpenBlock | undefined
  #transactionCount = 0

  constructor({ head, stored, older, limits = {} }: RecentChainOptions) {
    this.#state = new LiveState(stored)
    this.#stored = stored
    this.#limits = { blocks: BLOCKS_KEPT, transactions: TRANSACTIONS_KEPT, ...limits }
    this.#older = older
    this.#head = head
  }

  /** The newest sealed block. */
  get head(): BlockRecord & { readonly hash: Uint8Array } {
    return this.#head
  }

  /** The block that takes transactions; undefined between two blocks. */
  get openBlock(): BlockRecord | undefined {
    return this.#open
  }

  /** The state behind the newest commit. */
  get latestState(): StateView {
    return this.#state
  }

  /** The state behind a sealed block; undefined when it is not kept. */
  stateAt(number: bigint): StateView | undefined {
    if (number > this.#head.header.number) return undefined
    const isStored = number <= this.#stored.head.number
    return this.#older.stateAt(number) ?? (isStored ? undefined : this.#state.at(number))
  }

  /** A sealed block, or the open one; undefined when it is not kept, or not there yet. */
  blockByNumber(number: bigint): BlockRecord | undefined {
    if (this.#open?.header.number === number) return this.#open
    if (this.#head.header.number === number) return this.#head
    return this.#blocks.get(number) ?? this.#older.block(number)
  }

  blockByHash(hash: Uint8Array): BlockRecord | undefined {
    const number = this.#numberOfHash.get(bytesToHex(hash)) ?? this.#older.numberOf(hash)
    return number === undefined ? undefined : this.blockByNumber(number)
  }

  transaction(hash: Uint8Array): PlacedTransaction | undefined {
    const place = this.#places.get(bytesToHex(hash)) ?? this.#older.placeOf(hash)
    const block = place && this.blockByNumber(place.blockNumber)
    const transaction = place && block?.transactions[place.index]
    return block && transaction && { block, transaction }
  }

  /**
   * A block opens; `diff` is that of its opening system work, `edited` what was changed before it. One
   * without transactions may open again, in another way.
   */
  open(context: BlockContext, diff: StateDiff, edited: readonly StateChange[] = []): void {
    assert(!this.#open?.transactions.length, 'one block is open at a time')
    const { withdrawals } = context
    this.#state.beginBlock(context.number)
    this.#state.apply(edited)
    this.#state.apply(diff.changes)
    const header = openHeader(context)
    this.#open = {
      ...{ header, hash: undefined, transactions: [] },
      ...(withdrawals && { withdrawals }),
      ...(edited.length > 0 && { edited }),
    }
  }

  /** The open block's next transaction is committed. */
  commit(commit: Commit): CommittedShred {
    const { transaction: bytes, sender, receipt, startingLogIndex, shredIndex, diff } = commit
    const block = this.#open
    assert(block?.transactions.length === shredIndex, 'transactions commit in order')
    this.#state.apply(diff.changes)
    const hash = transactionHash(bytes)
    const transaction = { hash, bytes, sender, index: shredIndex, receipt, startingLogIndex }
    block.transactions.push(transaction)
    const header = { ...block.header, gasUsed: receipt.cumulativeGasUsed }
    this.#open = { ...block, header }
    this.#places.set(bytesToHex(hash), { blockNumber: header.number, index: shredIndex })
    this.#transactionCount++
    return { block: this.#open, transaction, diff }
  }

  /** The open block is sealed; `diff` is that of its closing system work. */
  seal(header: Header, hash: Uint8Array, diff: StateDiff): BlockRecord {
    assert(this.#open?.header.number === header.number, 'the open block is sealed')
    this.#state.apply(diff.changes)
    this.#head = { ...this.#open, header, hash }
    this.#open = undefined
    this.#keep(this.#head)
    this.#forget()
    return this.#head
  }

  /** The chain goes back to block `number`; the store, which has it, is there already. */
  revertTo(number: bigint): void {
    const head = this.blockByNumber(number)
    assert(head?.hash !== undefined, 'a chain goes back to a block that is kept')
    this.#head = { ...head, hash: head.hash }
    this.#open = undefined
    for (const [kept, block] of this.#blocks) if (kept > number) this.#drop(block)
    this.#state.revertTo(number)
  }

  #keep(block: SealedRecord): void {
    this.#blocks.set(block.header.number, block)
    this.#numberOfHash.set(bytesToHex(block.hash), block.header.number)
  }

  /** Leaves the oldest blocks above the limits to the store, as soon as it has them. */
  #forget(): void {
    for (const block of this.#blocks.values()) {
      const isWithin =
        this.#blocks.size <= this.#limits.blocks &&
        this.#transactionCount <= this.#limits.transactions
      if (isWithin || block.header.number > this.#stored.head.number) return
      this.#drop(block)
    }
  }

  #drop({ header, hash, transactions }: SealedRecord): void {
    this.#blocks.delete(header.number)
    this.#numberOfHash.delete(bytesToHex(hash))
    for (const transaction of transactions) this.#places.delete(bytesToHex(transaction.hash))
    this.#transactionCount -= transactions.length
  }
}

const NO_HASH = new Uint8Array(32)

/** What is known of the header before the block is sealed; the rest is zero. */
function openHeader(context: BlockContext): Header {
  const { baseFeePerGas, excessBlobGas, parentBeaconBlockRoot, withdrawals } = context
  return {
    parentHash: context.parentHash,
    ommersHash: EMPTY_LIST_HASH,
    beneficiary: context.beneficiary,
    stateRoot: NO_HASH,
    transactionsRoot: NO_HASH,
    receiptsRoot: NO_HASH,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    difficulty: context.difficulty,
    number: context.number,
    gasLimit: context.gasLimit,
    gasUsed: 0n,
    timestamp: context.timestamp,
    extraData: new Uint8Array(0),
    mixHash: context.prevRandao,
    nonce: new Uint8Array(8),
    ...(baseFeePerGas !== undefined && { baseFeePerGas }),
    ...(withdrawals !== undefined && { withdrawalsRoot: NO_HASH }),
    ...(excessBlobGas !== undefined && { excessBlobGas, blobGasUsed: 0n }),
    ...(parentBeaconBlockRoot !== undefined && { parentBeaconBlockRoot }),
  }
}
