/**
 * A leader that runs a chain from a genesis: a block is open at all times, transactions run the
 * moment they come in, and the block is sealed on a timer. What it has sent is in its data
 * folder, so that it goes on in the middle of a block wherever its process ended.
 *
 *     message of a block -> log -> subscribers        seal -> log -> subscribers -> store
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import type {
  CommittedSystemStep,
  CommittedTransaction,
  RejectedTransaction,
} from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import type { InvalidReason } from '@shredcast/shared/engine/reference/execution-result'
import { SenderRecovery } from '@shredcast/shared/engine/sender-recovery'
import { TX_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { assert } from '@shredcast/shared/primitives/assert'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { Store } from '@shredcast/shared/store/store'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'
import type { BlockChoice } from '../builder/next-block.ts'
import { nextBlock } from '../builder/next-block.ts'
import { CommittedAccounts } from '../mempool/account-reader.ts'
import type { AdmissionRules } from '../mempool/admission.ts'
import { admissionRules } from '../mempool/admission.ts'
import { Mempool } from '../mempool/mempool.ts'
import type { PoolLimits } from '../mempool/pool-limits.ts'
import type { PoolOrder } from '../mempool/pool-order.ts'
import { DEFAULT_POOL_ORDER } from '../mempool/pool-order.ts'
import type { PooledTransaction } from '../mempool/pooled-transaction.ts'
import { hintsOf } from '../mempool/step-hints.ts'
import type { Publisher } from '../publisher/publisher.ts'
import type { BlockReplay } from './block-replay.ts'
import type { LeaderParts, LeaderPartsOptions } from './leader-parts.ts'
import { openLeaderParts } from './leader-parts.ts'
import { SentMessages } from './sent-messages.ts'
import type { Signal } from './signal.ts'
import { createSignal, elapsed } from './signal.ts'

/** The block's last step is its closing system work. */
const STEPS_MAX = TX_COUNT_MAX - 1

/** Uncommitted transactions in the engine: a few milliseconds of work; the rest waits in the pool. */
export const WINDOW_TRANSACTIONS = 1024

/** The block has no room left for a transaction that fits an empty one. */
const FULL_REASONS: ReadonlySet<InvalidReason> = new Set([
  'gas limit exceeds the block gas left',
  'blob gas exceeds the block blob gas left',
] satisfies InvalidReason[])

export interface ChainLeaderOptions extends Omit<LeaderPartsOptions, 'onSent'> {
  /** Time between seals. */
  readonly blockTimeMs: number
  readonly block: Pick<BlockChoice, 'beneficiary' | 'gasLimit'>
  readonly pool?: PoolOptions
  readonly onRejected?: (rejected: RejectedTransaction) => void
  readonly onSealed?: (sealed: SealedBlock) => void
}

/** How transactions wait for the engine. */
export interface PoolOptions {
  /** Default DEFAULT_POOL_ORDER. */
  readonly order?: PoolOrder
  readonly limits?: Partial<PoolLimits>
  /** In wei per gas, above the base fee; default 0. */
  readonly minimumTip?: bigint
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
  /** Takes transactions; what may be executed goes into the open block at once. */
  readonly pool: Mempool
  readonly #messages: SentMessages
  readonly #options: ChainLeaderOptions
  readonly #engine: Engine
  readonly #store: Store
  /** Logged blocks that are yet to be executed again, in order. */
  readonly #replays: BlockReplay[]
  readonly #accounts: CommittedAccounts
  readonly #senders = new SenderRecovery()
  /** What the engine has of the pool, by step of the open block. */
  readonly #taken = new Map<number, PooledTransaction>()
  #open: { readonly builder: BlockBuilder; readonly isFull: Signal } | undefined
  #sealing: Promise<void> = Promise.resolve()

  private constructor(options: ChainLeaderOptions, parts: LeaderParts, messages: SentMessages) {
    this.#messages = messages
    this.#options = options
    this.#engine = parts.engine
    this.#store = parts.store
    this.chain = parts.chain
    this.publisher = parts.publisher
    this.#replays = parts.replays
    this.#accounts = new CommittedAccounts(parts.chain.state.latest)
    this.pool = new Mempool({
      rules: this.#admissionRules(
        nextBlock(parts.chain, options.genesis.config, this.#newBlock()).draft,
      ),
      accounts: this.#accounts,
      senders: this.#senders,
      order: options.pool?.order ?? DEFAULT_POOL_ORDER,
      workers: parts.engine.workers,
      ...(options.pool?.limits !== undefined && { limits: options.pool.limits }),
    })
    this.pool.onReady(() => this.#fill())
  }

  /** Opens the data folder and listens; nothing is executed before `run`. Throws as that does. */
  static async create(options: ChainLeaderOptions): Promise<ChainLeader> {
    const messages = new SentMessages()
    const onSent = (lastSeq: number) => messages.sent(lastSeq)
    return new ChainLeader(options, await openLeaderParts({ ...options, onSent }), messages)
  }

  /**
   * Before `run`: the listener gets each message of the blocks above the store's, those that are
   * executed again included, once it is in the log and sent.
   */
  observe(onMessage: (draft: MessageDraft) => void): void {
    this.#messages.listen(onMessage)
  }

  /** The data folder, which other threads of the process may read. */
  get path(): string {
    return this.#options.store.path
  }

  /** Executes calls, and reads accounts, behind the newest commit. */
  get calls(): Pick<Engine, 'call' | 'readAccount' | 'readCode'> {
    return this.#engine
  }

  /**
   * Proves account and slots (keys of 32 bytes) under the state root of the newest block that
   * observers were told of, which the store may be about to take.
   */
  async prove(
    stateRoot: Uint8Array,
    address: Uint8Array,
    slots: readonly Uint8Array[],
  ): Promise<AccountProof> {
    const isStored = () => equalBytes(this.chain.head.header.stateRoot, stateRoot)
    if (!isStored()) await this.#sealing
    assert(isStored(), 'a block that was told is stored next')
    return this.chain.prove(address, slots)
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
    await this.#senders.close()
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
    this.pool.openBlock(this.#admissionRules(draft))
    const publish = (message: MessageDraft) => {
      if (replay?.take(message)) this.#messages.tell(message)
      else this.#messages.add(this.publisher.publish(message), message)
    }
    const builder = await BlockBuilder.open(
      {
        engine: this.#engine,
        config,
        feedsTrie: true,
        publish,
        onRejected: (rejected) => {
          replay?.takeRejected(rejected.reason)
          this.#takeRejected(rejected)
        },
        onCommitted: (step) => this.#takeCommitted(step),
      },
      context,
    )
    if (replay !== undefined) builder.append(replay.transactions)
    builder.execute()
    if (!replay?.isSealed) await this.#growBlock(builder, signal)
    builder.close()
    builder.execute()
    this.#sealing = this.#seal(draft, await builder.finished, publish)
    await this.#sealing
  }

  /** Lets transactions into the block until its time is over or it is full. */
  async #growBlock(builder: BlockBuilder, signal: AbortSignal): Promise<void> {
    const isFull = createSignal()
    this.#open = { builder, isFull }
    this.#fill()
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

  /** Hands ready transactions to the open block, up to the window. */
  #fill(): void {
    const { builder, isFull } = this.#open ?? {}
    if (builder === undefined || isFull === undefined || isFull.isFired) return
    const room = STEPS_MAX - this.#engine.stepCount
    const batch = this.pool.take(Math.min(WINDOW_TRANSACTIONS - this.#taken.size, room))
    if (batch.length > 0) {
      const hints = hintsOf(batch, this.#engine.stepCount)
      for (const pooled of batch) this.#taken.set(pooled.step, pooled)
      builder.append(
        batch.map(({ bytes }) => bytes),
        hints,
      )
      builder.execute()
    }
    if (batch.length === room) isFull.resolve()
  }

  /** Of the pool, unless it was in the log. */
  #takeCommitted(step: CommittedTransaction | CommittedSystemStep): void {
    this.#accounts.note(step.diff.changes)
    if (step.type === 'system') return
    const pooled = this.#takenAt(step.txIndex)
    if (pooled === undefined) this.pool.committedBeside(step.diff)
    else this.pool.committed(pooled, step.diff, step.receipt.gasUsed)
    this.#refill()
  }

  /** What found no room makes the block seal; the pool has it go first in the next one. */
  #takeRejected(rejected: RejectedTransaction): void {
    const { reason } = rejected
    const pooled = this.#takenAt(rejected.txIndex)
    if (pooled === undefined || !this.pool.rejected(pooled, reason)) {
      this.#options.onRejected?.(rejected)
    } else if (FULL_REASONS.has(reason)) {
      this.#open?.isFull.resolve()
    }
    this.#refill()
  }

  #takenAt(txIndex: number): PooledTransaction | undefined {
    const pooled = this.#taken.get(txIndex)
    this.#taken.delete(txIndex)
    return pooled
  }

  /** In halves of the window, so that the order has several to choose from. */
  #refill(): void {
    if (this.#taken.size <= WINDOW_TRANSACTIONS / 2 && this.pool.readyCount > 0) this.#fill()
  }

  #admissionRules(header: Header): AdmissionRules {
    return admissionRules(this.#options.genesis.config, header, this.#options.pool?.minimumTip)
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
    const stateRoot = await this.#engine.stateRoot()
    await this.#engine.applyBlock()
    const { transactions, receipts, diffs, closing, requests } = block
    const { withdrawals } = block.context
    const summary = summarizeBlock({ ...block, withdrawals: withdrawals ?? [] })
    const header: Header = { ...draft, ...summary, stateRoot }
    const hash = headerHash(header)
    const shredCount = transactions.length
    publish({ type: 'blockSealed', header, hash, shredCount, diff: closing, requests })
    // The log has the whole block before the store takes it: there is never a block without its seal.
    await this.publisher.flush()
    const body = { transactions, ommers: [], ...(withdrawals && { withdrawals }) }
    await this.chain.apply({ header, body, receipts }, diffs)
    await this.#engine.trimState()
    this.#accounts.clear()
    this.#options.onSealed?.({ header, hash, txs: transactions.length })
  }
}
