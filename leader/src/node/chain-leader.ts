/**
 * A leader that runs a chain from a genesis: a block is open at all times, transactions run the
 * moment they come in, and the block is sealed on a timer. What it has sent is in its data
 * folder, so that it goes on in the middle of a block wherever its process ended.
 *
 *     message of a block -> log -> subscribers        seal -> log -> subscribers -> store
 *
 * The store takes a block while the next one runs, so that it is one block behind at most.
 * On a development chain `betweenBlocks` lets its user change what the next block begins with.
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { SenderRecovery } from '@shredcast/shared/engine/sender-recovery'
import { assert } from '@shredcast/shared/primitives/assert'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { Listeners } from '@shredcast/shared/primitives/listeners'
import { BlockSummarizer } from '@shredcast/shared/state/block-summary'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { Store } from '@shredcast/shared/store/store'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'
import type { BlockChoice, NextBlock } from '../builder/next-block.ts'
import { nextBlock } from '../builder/next-block.ts'
import { CommittedAccounts } from '../mempool/account-reader.ts'
import type { AdmissionRules } from '../mempool/admission.ts'
import { admissionRules } from '../mempool/admission.ts'
import { Mempool } from '../mempool/mempool.ts'
import { DEFAULT_POOL_ORDER } from '../mempool/pool-order.ts'
import type { Publisher } from '../publisher/publisher.ts'
import type { BlockStore } from '../storing/block-store.ts'
import { BlockMessages } from './block-messages.ts'
import { BlockPlan } from './block-plan.ts'
import type { BlockReplay } from './block-replay.ts'
import type { ChainLeaderOptions } from './chain-leader-options.ts'
import { changesBackTo } from './changes-back.ts'
import { Interludes } from './interludes.ts'
import type { LeaderStats, LoggedSeal, SealedBlock } from './leader-figures.ts'
import type { LeaderParts } from './leader-parts.ts'
import { openLeaderParts } from './leader-parts.ts'
import type { NewestBlock } from './newest-block.ts'
import { PoolFeed } from './pool-feed.ts'
import { SentMessages } from './sent-messages.ts'
import { createSignal, elapsed } from './signal.ts'

export class ChainLeader {
  /** Blocks, receipts and states up to the head, to read. */
  readonly chain: StoredChain
  readonly publisher: Publisher
  /** Takes transactions; what may be executed goes into the open block at once. */
  readonly pool: Mempool
  /** What the next blocks are to be like. */
  readonly plan: BlockPlan
  readonly #interludes = new Interludes()
  readonly #messages: SentMessages
  readonly #options: ChainLeaderOptions
  readonly #engine: Engine
  readonly #store: Store
  /** Logged blocks that are yet to be executed again, in order. */
  readonly #replays: BlockReplay[]
  readonly #newest: NewestBlock
  readonly #accounts: CommittedAccounts
  readonly #senders = new SenderRecovery()
  readonly #sealed = new Listeners<[SealedBlock]>()
  readonly #feed: PoolFeed
  readonly #blocks: BlockStore
  #sealing: Promise<void> = Promise.resolve()
  /** Resolves when the store has the newest sealed block. */
  #storing: Promise<void> = Promise.resolve()

  private constructor(options: ChainLeaderOptions, parts: LeaderParts, messages: SentMessages) {
    this.#messages = messages
    this.#options = options
    this.#engine = parts.engine
    this.#store = parts.store
    this.#blocks = parts.blocks
    this.chain = parts.chain
    this.publisher = parts.publisher
    this.plan = new BlockPlan(options.block, options.blockTimeMs)
    this.#replays = parts.replays
    this.#newest = parts.newest
    this.#accounts = new CommittedAccounts(parts.chain.state.latest)
    this.pool = new Mempool({
      rules: this.#admissionRules(
        nextBlock(parts.chain, options.genesis.config, this.#choice()).draft,
      ),
      accounts: this.#accounts,
      senders: this.#senders,
      order: options.pool?.order ?? DEFAULT_POOL_ORDER,
      workers: parts.engine.workers,
      ...(options.pool?.limits !== undefined && { limits: options.pool.limits }),
    })
    const { onRejected } = options
    const { pool, plan } = this
    const { engine } = parts
    this.#feed = new PoolFeed({ pool, plan, engine, ...(onRejected && { onRejected }) })
    this.pool.onReady(() => this.#feed.fill())
    if (options.onSealed !== undefined) this.#sealed.add(options.onSealed)
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

  /** Tells of each block when the store has it. */
  onSealed(listener: (sealed: SealedBlock) => void): void {
    this.#sealed.add(listener)
  }

  stats(): LeaderStats {
    return {
      stateCache: this.#engine.stateCache,
      storeBytes: this.#store.stats().fileBytes,
      oldestSeq: this.#store.shredLog.firstSeq,
      lastSeq: this.#messages.lastSeq,
    }
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
    const isStored = () => equalBytes(this.chain.storedRoot, stateRoot)
    if (!isStored()) await this.#sealing
    if (!isStored()) await this.#storing
    assert(isStored(), 'a block that was told is stored next')
    return this.chain.prove(address, slots)
  }

  /**
   * Opens and seals blocks until the signal fires; the pool is closed and the open block sealed then.
   * Blocks that were logged come first.
   * @throws EngineHaltedError, ReplayError
   * @throws StoreFullError and what else the store may fail with: nothing more is sent then
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.pool.close()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    await Promise.race([this.#runBlocks(signal), this.publisher.failed, this.#blocks.failed])
  }

  async close(): Promise<void> {
    await this.#senders.close()
    await this.publisher.close()
    await this.#engine.close()
    await this.#blocks.close().finally(() => this.#store.close())
  }

  /**
   * Development chain: seals the open block unless it is empty, or with `seals` in any case, does
   * `action`, and resolves when the next block is open. The action refuses by ChangeRefusedError,
   * before it has done anything; any other error stops the leader.
   * @throws ChangeRefusedError
   */
  betweenBlocks(action: () => void | Promise<void>, { seals = false } = {}): Promise<void> {
    assert(this.#isDevelopment, 'only a development chain is changed by hand')
    return this.#interludes.add(action, seals ? this.chain.head.header.number + 1n : undefined)
  }

  /**
   * In `betweenBlocks`: makes sealed block `number` the head again. What waits in the pool is dropped.
   * @throws ChangeRefusedError when it is not kept
   */
  async revertTo(number: bigint): Promise<void> {
    const changes = changesBackTo(this.chain, number)
    this.pool.clear('the chain was reverted')
    if (number === this.chain.head.header.number) return
    const { hash } = this.chain.sealedAt(number)
    const message: MessageDraft = { type: 'chainReverted', number, hash, changes }
    const seq = this.publisher.publish(message)
    // As with a seal: the log is never behind the store.
    await this.publisher.flush()
    await this.#engine.loadState([])
    await this.chain.revertTo(number, changes)
    this.#newest.becomes({ number, hash }, seq)
    this.#accounts.drop()
    this.#messages.tell(message)
  }

  get #isDevelopment(): boolean {
    return this.#options.genesis.config.isDevelopment === true
  }

  async #runBlocks(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        // Whoever changes a chain by hand finds the store even with it.
        if (this.#interludes.isWaiting) await this.#storing
        if (this.#replays.length === 0) await this.#interludes.run(this.chain.head.header.number)
        await this.#runBlock(signal, this.#replays.shift())
      }
      await this.#storing
    } finally {
      this.#interludes.close()
    }
  }

  async #runBlock(signal: AbortSignal, replay?: BlockReplay): Promise<void> {
    const { config } = this.#options.genesis
    const next = nextBlock(this.chain, config, replay?.choice ?? this.#choice())
    const { draft, context, edits } = next
    const messages = new BlockMessages({
      publisher: this.publisher,
      sent: this.#messages,
      replay,
      holdsOpening: this.#isDevelopment,
    })
    messages.opened.then(() => this.#interludes.settle())
    if (edits !== undefined) await this.#edit(edits.changes)
    this.pool.openBlock(this.#admissionRules(draft))
    const summarizer = new BlockSummarizer(hardforkAt(config, draft.number, draft.timestamp))
    const builder = await BlockBuilder.open(
      {
        engine: this.#engine,
        config,
        feedsTrie: true,
        ...(edits && { edits }),
        publish: (message) => messages.publish(message),
        onRejected: (rejected) => {
          replay?.takeRejected(rejected.reason)
          this.#feed.rejected(rejected)
        },
        onCommitted: (step) => {
          this.#accounts.note(step.diff.changes)
          this.#feed.committed(step)
          if (step.type === 'transaction') summarizer.add(step.transaction, step.receipt)
        },
      },
      context,
    )
    if (replay !== undefined) builder.append(replay.transactions)
    builder.execute()
    if (!replay?.isSealed) await this.#growBlock(builder, signal)
    const isEmpty = this.#engine.stepCount === 1 && messages.isUnsent
    if (replay === undefined && isEmpty && this.#interludes.isNextWithoutSeal) {
      return this.#abandon(edits)
    }
    if (!this.plan.isAutomine && !this.#interludes.isNextWithoutSeal) await this.#drainPool(builder)
    builder.close()
    builder.execute()
    this.#sealing = this.#seal(next, await builder.finished, messages, summarizer)
    await this.#sealing
  }

  /** Puts what was changed by hand in place of what the block before left. */
  async #edit(changes: readonly StateChange[]): Promise<void> {
    await this.#storing
    await this.#engine.editState(changes)
    this.chain.editTrie(changes)
    this.#accounts.note(changes)
    this.pool.committedBeside({ changes, deltas: [], reads: [] })
  }

  /** Drops the open block, of which nothing was told outside of this process, and its edits. */
  async #abandon(edits: BlockEdits | undefined): Promise<void> {
    await this.#engine.abandonBlock()
    if (edits !== undefined) {
      // What was edited is of no block: the state is the store's again, which `#edit` waited for.
      await this.#engine.loadState([])
      this.chain.reopenTrie()
    }
    this.#accounts.drop()
  }

  /** Takes what waits in the pool, as far as there is room. */
  async #drainPool(builder: BlockBuilder): Promise<void> {
    const isDrained = createSignal()
    this.#feed.open({ builder, isFull: createSignal(), isDrained })
    if (this.#feed.isBusy) await Promise.race([isDrained.fired, builder.finished])
    this.#feed.close()
  }

  /** Lets transactions into the block until its time is over or it is full. */
  async #growBlock(builder: BlockBuilder, signal: AbortSignal): Promise<void> {
    const isFull = createSignal()
    this.#feed.open({ builder, isFull })
    const timer = new AbortController()
    const stop = AbortSignal.any([signal, timer.signal])
    try {
      // A block that fails ends the wait at once; it cannot finish before it is closed.
      await Promise.race([
        elapsed(this.plan.blockTimeMs, stop),
        isFull.fired,
        this.#interludes.wanted(),
        builder.finished,
      ])
    } finally {
      timer.abort()
      this.#feed.close()
    }
  }

  #admissionRules(header: Header): AdmissionRules {
    return admissionRules(this.#options.genesis.config, header, this.#options.pool?.minimumTip)
  }

  #choice(): BlockChoice {
    return this.plan.choiceBehind(this.chain.head.header)
  }

  async #seal(
    { draft }: NextBlock,
    block: FinishedBlock,
    messages: BlockMessages,
    summarizer: BlockSummarizer,
  ): Promise<void> {
    const startedMs = performance.now()
    const { stats } = this.#engine
    const stateRoot = await this.#engine.stateRoot()
    await this.#engine.applyBlock()
    const { closing, requests } = block
    const { withdrawals } = block.context
    const summary = summarizer.summarize({ requests, withdrawals: withdrawals ?? [] })
    const header: Header = { ...draft, ...summary, stateRoot }
    const hash = headerHash(header)
    const rootMs = performance.now()
    const shredCount = block.transactions.length
    messages.publish({ type: 'blockSealed', header, hash, shredCount, diff: closing, requests })
    // The log has the whole block before the store takes it: there is never a block without its seal.
    await this.publisher.flush()
    const tookMs = { root: rootMs - startedMs, log: performance.now() - rootMs }
    await this.#storing
    this.plan.sealed()
    this.#storing = this.#storeBlock({ header, hash, txs: shredCount, stats, tookMs }, messages)
    // A failure ends `run`; until somebody waits for the block it is no unhandled rejection.
    this.#storing.catch(() => {})
    await this.#trim()
  }

  /** The block is the chain's newest at once, and the store's when this resolves. */
  async #storeBlock(sealed: LoggedSeal, { lastSeq }: BlockMessages): Promise<void> {
    const startedMs = performance.now()
    const nodes = this.chain.seal(sealed)
    this.#accounts.seal()
    const pruned = await this.#blocks.store({ lastSeq, shredCount: sealed.txs, nodes })
    this.chain.stored(sealed)
    this.#newest.becomes({ number: sealed.header.number, hash: sealed.hash }, lastSeq)
    this.#accounts.stored()
    const store = performance.now() - startedMs
    this.#sealed.tell({ ...sealed, tookMs: { ...sealed.tookMs, store }, pruned })
  }

  /** Only what is stored is dropped from memory, so that a chain which grows past its bounds waits. */
  async #trim(): Promise<void> {
    const { bytes, bytesMax } = this.#engine.stateCache
    if (bytes <= bytesMax && !this.chain.isTrieOver) return
    await this.#storing
    this.chain.trim()
    await this.#engine.trimState()
  }
}
