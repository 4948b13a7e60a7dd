/**
 * The parallel engine as its users see it: a pool of worker threads over one shared memory that
 * executes a block at a time. A leader appends transactions and takes commits as they come (Block-
 * STM); a follower declares what each transaction reads and writes (DAG). Between blocks the workers
 * sleep. Main thread only.
 */

import type { BlockContext } from '../chain/block.ts'
import type { CallOptions, CallRequest } from '../chain/call.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { BaseReader } from '../chain/state-reader.ts'
import {
  COMMIT_INDEX,
  ENGINE,
  ENGINE_INLINE,
  HALT_ABANDONED,
  HALT_SHUTDOWN,
  HALT_WORKER_ERROR,
  RECOVERED_COUNT,
} from '../layout/control.ts'
import { HOST_WORKER, TX_COUNT_MAX, WORKER_COUNT_MAX } from '../layout/memory-map.ts'
import { FLAG_CLOSING, FLAG_EAGER, FLAG_OPENING } from '../layout/records.ts'
import { assert } from '../primitives/assert.ts'
import { createBaseLoads, openReader } from './base-loader.ts'
import { adoptDiffs, editAccounts, loadAccounts } from './base-state.ts'
import type { BlockOptions, Schedule } from './block-options.ts'
import { BlockTooLargeError, SCHEDULES } from './block-options.ts'
import { blockSetup } from './block-setup.ts'
import type { BlockStats } from './block-stats.ts'
import { readBlockStats } from './block-stats.ts'
import type { AccountState, CallResult } from './call-result.ts'
import { InvalidCallError } from './call-result.ts'
import { CallThread } from './call-thread.ts'
import { CommittedState } from './committed-state.ts'
import type { CommittedStep } from './committed-step.ts'
import { readCommittedStep } from './committed-step.ts'
import { compileCore, createMemory } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, createCoreThread } from './core-thread.ts'
import { declareStep } from './declaration.ts'
import type { EngineName, EngineOptions, EngineSettings } from './engine-options.ts'
import { EngineWaits } from './engine-waits.ts'
import { Gate } from './gate.ts'
import { EngineHaltedError } from './halt-error.ts'
import { inCore } from './in-core.ts'
import { watchLoop } from './loop-watch.ts'
import { settleCore } from './settle-core.ts'
import { SparseTrie } from './sparse-trie.ts'
import type { StateCacheStats } from './state-cache.ts'
import { StateCache } from './state-cache.ts'
import type { StepHints } from './step-input.ts'
import { storeHints } from './step-input.ts'
import type { WorkerPool } from './worker-pool.ts'
import { startWorkers } from './worker-pool.ts'

export type { BlockOptions, DeclaredSchedule, Schedule } from './block-options.ts'
export type { EngineName, EngineOptions } from './engine-options.ts'

const NO_BYTES = new Uint8Array(0)

export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { workers, config, reader, stateCacheBytes, onTrace } = options
  assert(
    Number.isInteger(workers) && workers >= 1 && workers <= WORKER_COUNT_MAX,
    `an engine has 1 to ${WORKER_COUNT_MAX} workers`,
  )
  assert(onTrace === undefined || workers === 1, 'one worker traces, so that lines are in order')
  const module = await compileCore(options.build ?? 'release')
  const memory = createMemory()
  const ownReader = reader && (await openReader(reader))
  const loads = ownReader && createBaseLoads(ownReader, () => host)
  const host: CoreThread = createCoreThread(module, memory, HOST_WORKER, { loads })
  settleCore(host, options)
  try {
    const pool = await startWorkers({ module, memory, config, workers, reader, onTrace })
    const isTraced = onTrace !== undefined
    return new Engine(host, pool, config, { isTraced, stateCacheBytes, reader, ownReader })
  } catch (error) {
    await ownReader?.close()
    throw error
  }
}

export class Engine {
  /** The state trie in the engine's memory; what is in it is its users' matter. */
  readonly trie: SparseTrie
  readonly #host: CoreThread
  readonly #pool: WorkerPool
  readonly #calls: CallThread
  readonly #reader: BaseReader | undefined
  readonly #committed: CommittedState
  readonly #gate: Gate
  readonly #config: ChainConfig
  readonly #isTraced: boolean
  readonly #stateCache: StateCache
  readonly #stopWatch: () => void
  readonly #waits: EngineWaits
  #txCount = 0
  #isOpen = false
  #hasEnvironment = false

  constructor(
    host: CoreThread,
    pool: WorkerPool,
    config: ChainConfig,
    settings: EngineSettings = {},
  ) {
    this.trie = new SparseTrie(host)
    this.#host = host
    this.#pool = pool
    this.#calls = new CallThread(host, settings.reader)
    this.#reader = settings.ownReader
    this.#committed = new CommittedState(host, settings.ownReader)
    this.#gate = new Gate(host, pool, this.#calls)
    this.#waits = new EngineWaits(host, pool)
    this.#config = config
    this.#isTraced = settings.isTraced ?? false
    this.#stateCache = new StateCache(host, settings.stateCacheBytes)
    this.#stopWatch = watchLoop(host)
    pool.onFailure(() => host.core.stop(HALT_WORKER_ERROR, controlWord(host, COMMIT_INDEX)))
  }

  get name(): EngineName {
    return controlWord(this.#host, ENGINE) === ENGINE_INLINE ? 'inline' : 'reference'
  }

  get workers(): number {
    return this.#pool.size
  }

  /** Steps of the open block so far, the system steps included. */
  get stepCount(): number {
    return this.#txCount
  }

  /** Steps below it are final. */
  get commitIndex(): number {
    return controlWord(this.#host, COMMIT_INDEX)
  }

  /** Counters of the open or last block. */
  get stats(): BlockStats {
    return readBlockStats(this.#host)
  }

  get stateCache(): StateCacheStats {
    return this.#stateCache.stats
  }

  /**
   * Forgets the state and takes `accounts` for it. No block is open.
   * @throws EngineHaltedError when they do not fit; the state is empty then
   */
  async loadState(accounts: Iterable<GenesisAccount>): Promise<void> {
    const dropState = () => {
      this.#host.core.dropState()
      this.#resetBlock()
    }
    await this.#gate.whileLocked(() => {
      dropState()
      try {
        inCore(this.#host, () => loadAccounts(this.#host, accounts))
      } catch (error) {
        dropState()
        throw error
      }
    })
    this.#isOpen = false
  }

  /** Puts values in place of those before the next block; none is open. @throws EngineHaltedError */
  async editState(changes: readonly StateChange[]): Promise<void> {
    assert(!this.#isOpen, 'no block is open when the state is edited')
    await this.#gate.whileLocked(() => {
      this.#resetBlock()
      inCore(this.#host, () => editAccounts(this.#host, changes))
    })
  }

  /**
   * Opens a block, with its opening system work as step 0; nothing runs before `execute`.
   * @throws BlockTooLargeError
   */
  async openBlock(
    context: BlockContext,
    schedule: Schedule = 'block-stm',
    options: BlockOptions = {},
  ): Promise<void> {
    const setUp = this.#blockSetup(context, schedule, options)
    await this.#gate.whileLocked(() => {
      setUp()
      this.#append(NO_BYTES, FLAG_OPENING)
      if (options.feedsTrie) this.#host.core.beginFedBlock()
    })
    this.#isOpen = true
    this.#publish()
  }

  /**
   * Takes what the steps of a block did, in order, without executing them: it is the state before the
   * next block, and calls are as behind this one. No block is open.
   * @throws BlockTooLargeError, EngineHaltedError
   */
  async adoptBlock(context: BlockContext, diffs: readonly StateDiff[]): Promise<void> {
    const setUp = this.#blockSetup(context, 'block-stm', {})
    await this.#gate.whileLocked(() => {
      setUp()
      inCore(this.#host, () => adoptDiffs(this.#host, diffs))
    })
  }

  /**
   * Adds signed transactions to the open block; senders that no hint gives are recovered at once.
   * @throws BlockTooLargeError, EngineHaltedError
   */
  append(transactions: readonly Uint8Array[], hints?: readonly StepHints[]): void {
    // One worker executes in order, on final values: eagerly, it executes nothing twice.
    const flags = this.#isTraced ? FLAG_EAGER : 0
    inCore(this.#host, () => {
      for (const [i, bytes] of transactions.entries()) this.#append(bytes, flags, hints?.[i])
    })
    this.#publish()
  }

  /** Adds the closing system work as the last step of the block. */
  appendClosing(): void {
    this.#append(NO_BYTES, FLAG_CLOSING)
    this.#publish()
  }

  /** Lets the workers execute everything appended so far. */
  execute(): void {
    this.#host.core.allowExecution(this.#txCount)
  }

  /**
   * Follower: declares what step `txIndex` reads and writes, in order of steps; it runs as soon as
   * what it reads is there, in the seeded schedule at once.
   * @throws EngineHaltedError
   */
  declare(txIndex: number, diff: StateDiff): void {
    inCore(this.#host, () => declareStep(this.#host, txIndex, diff))
  }

  /** The same for all steps of a block that is there already: none runs before the last is declared. */
  async declareAll(diffs: Iterable<StateDiff>): Promise<void> {
    await this.#gate.whileLocked(() => {
      let txIndex = 0
      for (const diff of diffs) this.declare(txIndex++, diff)
    })
  }

  /** Resolves when the senders of all transactions appended so far are recovered. */
  sendersRecovered(): Promise<void> {
    return this.#waits.until(() => controlWord(this.#host, RECOVERED_COUNT) >= this.#txCount)
  }

  /** Resolves with the commit index when it is above `index`. */
  async committedAbove(index: number): Promise<number> {
    await this.#waits.untilCommitted(index + 1)
    this.trie.supplyAhead()
    return this.commitIndex
  }

  /** A committed step of the open block. */
  step(txIndex: number): CommittedStep {
    assert(txIndex < this.commitIndex, 'only committed steps are read')
    return readCommittedStep(this.#host, txIndex)
  }

  /**
   * Executes a message behind the newest committed step, in the open block or the last one, on the core's
   * own EVM and a thread of its own; nothing of it stays.
   * @throws InvalidCallError, CallQueueFullError, CallTimeoutError, CallTooLargeError,
   *   CallAbortedError
   */
  async call(request: CallRequest, options: CallOptions = {}): Promise<CallResult> {
    if (!this.#hasEnvironment) throw new InvalidCallError('no block has been opened yet')
    return this.#calls.call(request, options)
  }

  /** The account (20 bytes) behind the newest committed step. */
  readAccount(address: Uint8Array): AccountState {
    return this.#committed.account(address)
  }

  readCode(address: Uint8Array): Uint8Array {
    return this.#committed.code(address)
  }

  /** Key and value have 32 bytes. */
  readSlot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#committed.slot(address, key)
  }

  /**
   * The state root behind the open block, which feeds the trie; all its steps are committed. The
   * workers finish it.
   * @throws TrieNodeError, EngineHaltedError
   */
  stateRoot(): Promise<Uint8Array> {
    assert(this.commitIndex === this.#txCount, 'the root is taken when all steps are committed')
    return this.trie.rootByWorkers(() =>
      this.#waits.until(() => this.#host.core.isRootDone() !== 0),
    )
  }

  /**
   * Makes the block's result the state before the next one; all its steps are committed, and when it
   * feeds the trie its root was taken.
   */
  async applyBlock(): Promise<void> {
    const { core } = this.#host
    assert(this.commitIndex === this.#txCount, 'a block is applied when all of it is committed')
    assert(core.hasFed(this.#txCount) !== 0, 'the root comes before the block is applied')
    await this.#gate.whileLocked(() => core.applyBlock())
    this.#isOpen = false
  }

  /**
   * Evicts cached state if there is too much of it. The reader has all blocks that were applied, and
   * no block is open: when it evicts, the last one's steps cannot be read any more.
   */
  async trimState(): Promise<void> {
    assert(!this.#isOpen, 'no block is open when state is evicted')
    if (!this.#stateCache.isOver) return
    await this.#gate.whileLocked(() => {
      this.#stateCache.evict()
      this.#resetBlock()
    })
  }

  /** Drops the open block, and whoever waits for it; the state stays what it was before it. */
  async abandonBlock(): Promise<void> {
    this.#host.core.stop(HALT_ABANDONED, 0)
    await this.#waits.settled()
    await this.#gate.whileLocked(() => this.#resetBlock())
    this.#isOpen = false
  }

  /** Ends all workers, and the open block for whoever waits for it. */
  async close(): Promise<void> {
    this.#stopWatch()
    await this.#calls.close()
    try {
      await this.abandonBlock()
      this.#host.core.stop(HALT_SHUTDOWN, 0)
    } catch (error) {
      if (!(error instanceof EngineHaltedError)) throw error
      await this.#pool.terminate()
    }
    await this.#pool.exited
    await this.#reader?.close()
  }

  /** Ends all workers at once, wherever they are; the engine is of no use afterwards. */
  async terminate(): Promise<void> {
    this.#stopWatch()
    this.#host.core.stop(HALT_SHUTDOWN, 0)
    await Promise.all([this.#calls.terminate(), this.#pool.terminate()])
    await this.#reader?.close()
  }

  #append(bytes: Uint8Array, flags: number, hints?: StepHints): void {
    const { core } = this.#host
    if (this.#txCount === TX_COUNT_MAX) {
      throw new BlockTooLargeError(`a block has at most ${TX_COUNT_MAX} steps`)
    }
    const ptr = bytes.length === 0 ? 0 : core.allocateInput(bytes.length) >>> 0
    this.#host.bytes.set(bytes, ptr)
    const known = hints === undefined ? 0 : storeHints(this.#host, this.#txCount, hints)
    core.appendTx(this.#txCount, flags | known, ptr, bytes.length)
    this.#txCount++
  }

  #publish(): void {
    this.#host.core.publishTxs(this.#txCount)
  }

  #blockSetup(context: BlockContext, schedule: Schedule, options: BlockOptions): () => void {
    const own = { chainConfig: this.#config, isTraced: this.#isTraced }
    const setUp = blockSetup(this.#host, { ...own, ...options, context, schedule })
    return () => {
      setUp()
      this.#txCount = 0
      this.#hasEnvironment = true
    }
  }

  #resetBlock(): void {
    this.#host.core.resetBlock(SCHEDULES['block-stm'], 0n, 0n)
    this.#txCount = 0
  }
}
