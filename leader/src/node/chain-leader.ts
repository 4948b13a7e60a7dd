/**
 * A leader that runs a chain from a genesis: a block is open at all times, transactions run the
 * moment they are submitted, and the block is sealed on a timer. What it has sent is in its data
 * folder, so that it goes on in the middle of a block wherever its process ended.
 *
 *     message of a block -> log -> subscribers        seal -> log -> subscribers -> store
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { RejectedTransaction } from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { TX_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { Store } from '@shredcast/shared/store/store'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'
import type { BlockChoice } from '../builder/next-block.ts'
import { nextBlock } from '../builder/next-block.ts'
import type { Publisher } from '../publisher/publisher.ts'
import type { BlockReplay } from './block-replay.ts'
import type { LeaderParts, LeaderPartsOptions } from './leader-parts.ts'
import { openLeaderParts } from './leader-parts.ts'
import { SentMessages } from './sent-messages.ts'
import type { Signal } from './signal.ts'
import { createSignal, elapsed } from './signal.ts'

/** The block's last step is its closing system work. */
const STEPS_MAX = TX_COUNT_MAX - 1

/** Transactions that wait for the next block: as many as one may have. */
const WAITING_MAX = TX_COUNT_MAX

/** More transactions wait for the next block than one block may have. */
export class QueueFullError extends BaseError {
  override readonly name = 'Leader.QueueFullError'
}

export interface ChainLeaderOptions extends Omit<LeaderPartsOptions, 'onSent'> {
  /** Time between seals. */
  readonly blockTimeMs: number
  readonly block: Pick<BlockChoice, 'beneficiary' | 'gasLimit'>
  readonly onRejected?: (rejected: RejectedTransaction) => void
  readonly onSealed?: (sealed: SealedBlock) => void
}

/** Follows what the leader does. */
export interface LeaderObserver {
  /**
   * Each message of the blocks above the store's, those that are executed again included, once it is
   * in the log and sent.
   */
  readonly onMessage: (draft: MessageDraft) => void
  /** A transaction that was submitted and will not be executed. */
  readonly onRejected: (rejected: RejectedTransaction) => void
}

export interface SealedBlock {
  readonly header: Header
  readonly hash: Uint8Array
  readonly txs: number
}

export class ChainLeader {
  /** Blocks, receipts and states up to the head, to read. */
  readonly chain: StoredChain
  readonly publisher: Publisher
  readonly #messages: SentMessages
  readonly #observers = new Set<LeaderObserver>()
  readonly #options: ChainLeaderOptions
  readonly #engine: Engine
  readonly #store: Store
  /** Logged blocks that are yet to be executed again, in order. */
  readonly #replays: BlockReplay[]
  /** For the next block: what this one had no room for, and what came while none was open. */
  readonly #postponed: Uint8Array[] = []
  readonly #waiting: Uint8Array[] = []
  #open: { readonly builder: BlockBuilder; readonly isFull: Signal } | undefined

  private constructor(options: ChainLeaderOptions, parts: LeaderParts, messages: SentMessages) {
    this.#messages = messages
    this.#options = options
    this.#engine = parts.engine
    this.#store = parts.store
    this.chain = parts.chain
    this.publisher = parts.publisher
    this.#replays = parts.replays
  }

  /** Opens the data folder and listens; nothing is executed before `run`. Throws as that does. */
  static async create(options: ChainLeaderOptions): Promise<ChainLeader> {
    const messages = new SentMessages()
    const onSent = (lastSeq: number) => messages.sent(lastSeq)
    return new ChainLeader(options, await openLeaderParts({ ...options, onSent }), messages)
  }

  /** Before `run`: the observer is told everything from the first block on. */
  observe(observer: LeaderObserver): void {
    this.#observers.add(observer)
    this.#messages.listen(observer.onMessage)
  }

  /** Executes calls, and reads accounts, behind the newest commit. */
  get calls(): Pick<Engine, 'call' | 'readAccount' | 'readCode'> {
    return this.#engine
  }

  /**
   * Proves account and slots (keys of 32 bytes) under `stateRoot`; undefined when the trie has gone
   * on from there to the block that is being sealed.
   */
  prove(
    stateRoot: Uint8Array,
    address: Uint8Array,
    slots: readonly Uint8Array[],
  ): AccountProof | undefined {
    const { trie } = this.#engine
    return equalBytes(trie.root(), stateRoot) ? trie.proof(address, slots) : undefined
  }

  /**
   * Signed transactions, which run at once, or in the next block when this one has no room; invalid
   * ones are told to `onRejected`.
   * @throws QueueFullError
   */
  submit(transactions: readonly Uint8Array[]): void {
    const room = this.#open === undefined ? 0 : STEPS_MAX - this.#engine.stepCount
    const fitting = transactions.slice(0, room)
    const waiting = transactions.slice(room)
    if (this.#waiting.length + waiting.length > WAITING_MAX) {
      throw new QueueFullError(`${this.#waiting.length} transactions wait, limit ${WAITING_MAX}`)
    }
    this.#waiting.push(...waiting)
    if (fitting.length > 0) {
      this.#open?.builder.append(fitting)
      this.#open?.builder.execute()
    }
    if (waiting.length > 0) this.#open?.isFull.resolve()
  }

  /**
   * Opens and seals blocks until the signal fires; the open block is sealed then. Blocks that were
   * logged come first.
   * @throws EngineHaltedError, ReplayError
   * @throws StoreFullError and what else the store may fail with: nothing more is sent then
   */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#runBlocks(signal), this.publisher.failed])
  }

  async close(): Promise<void> {
    await this.publisher.close()
    await this.#engine.close()
    await this.#store.close()
  }

  async #runBlocks(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#runBlock(signal, this.#replays.shift())
  }

  async #runBlock(signal: AbortSignal, replay?: BlockReplay): Promise<void> {
    const { config } = this.#options.genesis
    const { draft, context } = nextBlock(this.chain, config, replay?.context ?? this.#newBlock())
    const publish = (message: MessageDraft) => {
      if (replay?.take(message)) this.#messages.tell(message)
      else this.#messages.add(this.publisher.publish(message), message)
    }
    const postponed = new Set<Hex>()
    const builder = await BlockBuilder.open(
      {
        engine: this.#engine,
        config,
        publish,
        onRejected: (rejected) => {
          replay?.takeRejected(rejected.reason)
          this.#takeRejected(rejected, postponed, draft.gasLimit)
        },
      },
      context,
    )
    if (replay !== undefined) builder.append(replay.transactions)
    builder.execute()
    if (!replay?.isSealed) await this.#growBlock(builder, signal)
    builder.close()
    builder.execute()
    await this.#seal(draft, await builder.finished, publish)
  }

  /** Lets transactions into the block until its time is over or it is full. */
  async #growBlock(builder: BlockBuilder, signal: AbortSignal): Promise<void> {
    const isFull = createSignal()
    this.#open = { builder, isFull }
    this.submit([...this.#postponed.splice(0), ...this.#waiting.splice(0)])
    const timer = new AbortController()
    const stop = AbortSignal.any([signal, timer.signal])
    try {
      // A block that fails ends the wait at once; it cannot finish before it is closed.
      await Promise.race([elapsed(this.#options.blockTimeMs, stop), isFull.fired, builder.finished])
    } finally {
      timer.abort()
      this.#open = undefined
    }
  }

  /**
   * What found no room, and what its sender sent after it, goes first in the next block; anything
   * else is invalid for good.
   */
  #takeRejected(rejected: RejectedTransaction, postponed: Set<Hex>, gasLimit: bigint): void {
    const sender = bytesToHex(rejected.sender)
    const isBehindPostponed = rejected.reason === 'nonce too high' && postponed.has(sender)
    if (!isBehindPostponed && !fitsLaterBlock(rejected, gasLimit)) {
      this.#options.onRejected?.(rejected)
      for (const { onRejected } of this.#observers) onRejected(rejected)
      return
    }
    postponed.add(sender)
    this.#postponed.push(rejected.transaction)
    this.#open?.isFull.resolve()
  }

  #newBlock(): BlockChoice {
    const { timestamp } = this.chain.head.header
    const nowSeconds = BigInt(Math.floor(Date.now() / 1000))
    return {
      ...this.#options.block,
      timestamp: nowSeconds > timestamp ? nowSeconds : timestamp + 1n,
    }
  }

  async #seal(
    draft: Header,
    block: FinishedBlock,
    publish: (message: MessageDraft) => void,
  ): Promise<void> {
    await this.#engine.applyBlock()
    const { transactions, receipts, diffs, closing, requests } = block
    const { withdrawals } = block.context
    const stateRoot = this.chain.rootBehind(diffs)
    const summary = summarizeBlock({ ...block, withdrawals: withdrawals ?? [] })
    const header: Header = { ...draft, ...summary, stateRoot }
    const hash = headerHash(header)
    const shredCount = transactions.length
    publish({ type: 'blockSealed', header, hash, shredCount, diff: closing, requests })
    // The log has the whole block before the store takes it: there is never a block without its seal.
    await this.publisher.flush()
    const body = { transactions, ommers: [], ...(withdrawals && { withdrawals }) }
    await this.chain.apply({ header, body, receipts }, diffs)
    this.#options.onSealed?.({ header, hash, txs: transactions.length })
  }
}

/** `gasLimit` of the block that had no room for it. */
function fitsLaterBlock({ transaction, reason }: RejectedTransaction, gasLimit: bigint): boolean {
  if (reason === 'blob gas exceeds the block blob gas left') return true
  if (reason !== 'gas limit exceeds the block gas left') return false
  return decodeTransaction(transaction).gasLimit <= gasLimit
}
