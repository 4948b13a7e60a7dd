/**
 * A leader that runs a chain from a genesis: a block is open at all times, transactions run the
 * moment they are submitted, and the block is sealed on a timer.
 */

import { setTimeout } from 'node:timers/promises'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { BLOCK_HASH_COUNT, blockContextOf } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import type {
  CommittedSystemStep,
  CommittedTransaction,
  RejectedTransaction,
} from '@shredcast/shared/engine/committed-step'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { InvalidReason } from '@shredcast/shared/engine/reference/execution-result'
import { SenderRecovery } from '@shredcast/shared/engine/sender-recovery'
import { TX_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { assert } from '@shredcast/shared/primitives/assert'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import { ChainState } from '@shredcast/shared/state/chain-state'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'
import type { NextHeaderOptions } from '../builder/next-header.ts'
import { nextHeader } from '../builder/next-header.ts'
import { CommittedAccounts } from '../mempool/account-reader.ts'
import type { AdmissionRules } from '../mempool/admission.ts'
import { admissionRules } from '../mempool/admission.ts'
import { Mempool } from '../mempool/mempool.ts'
import type { PoolLimits } from '../mempool/pool-limits.ts'
import type { PoolOrder } from '../mempool/pool-order.ts'
import { DEFAULT_POOL_ORDER } from '../mempool/pool-order.ts'
import type { PooledTransaction } from '../mempool/pooled-transaction.ts'
import { hintsOf } from '../mempool/step-hints.ts'
import type { Publisher, PublisherOptions } from '../publisher/publisher.ts'
import { createPublisher } from '../publisher/publisher.ts'

/** The block's last step is its closing system work. */
const STEPS_MAX = TX_COUNT_MAX - 1

/** Uncommitted transactions in the engine: a few milliseconds of work; the rest waits in the pool. */
export const WINDOW_TRANSACTIONS = 1024

/** The block has no room left for a transaction that fits an empty one. */
const FULL_REASONS: ReadonlySet<InvalidReason> = new Set([
  'gas limit exceeds the block gas left',
  'blob gas exceeds the block blob gas left',
] satisfies InvalidReason[])

export interface ChainLeaderOptions
  extends Omit<PublisherOptions, 'chainId' | 'genesisHash' | 'engine'> {
  readonly genesis: Genesis
  readonly workers: number
  readonly engine?: EngineName
  /** Time between seals. */
  readonly blockTimeMs: number
  readonly block: Pick<NextHeaderOptions, 'beneficiary' | 'gasLimit'>
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
  readonly #options: ChainLeaderOptions
  readonly #config: ChainConfig
  readonly #engine: Engine
  readonly #chain: ChainState
  readonly publisher: Publisher
  /** Takes transactions; what may be executed goes into the open block at once. */
  readonly pool: Mempool
  readonly #accounts: CommittedAccounts
  readonly #senders: SenderRecovery
  /** What the engine has of the pool, by step of the open block. */
  readonly #taken = new Map<number, PooledTransaction>()
  readonly #blockHashes = new Map<bigint, Uint8Array>()
  #open: { readonly builder: BlockBuilder; readonly isFull: Signal } | undefined

  private constructor(
    options: ChainLeaderOptions,
    parts: { engine: Engine; chain: ChainState; publisher: Publisher },
  ) {
    const { config, alloc } = options.genesis
    this.#options = options
    this.#config = config
    this.#accounts = new CommittedAccounts(alloc)
    this.#senders = new SenderRecovery()
    this.#engine = parts.engine
    this.#chain = parts.chain
    this.publisher = parts.publisher
    this.pool = new Mempool({
      rules: this.#admissionRules(this.#nextHeader()),
      accounts: this.#accounts,
      senders: this.#senders,
      order: options.pool?.order ?? DEFAULT_POOL_ORDER,
      workers: parts.engine.workers,
      ...(options.pool?.limits !== undefined && { limits: options.pool.limits }),
    })
    this.pool.onReady(() => this.#fill())
  }

  static async create(options: ChainLeaderOptions): Promise<ChainLeader> {
    const { genesis } = options
    const engine = await createEngine({ ...options, config: genesis.config })
    try {
      const chain = ChainState.fromGenesis(genesis, engine.trie)
      await engine.loadState(genesis.alloc)
      const { chainId } = genesis.config
      const identity = { chainId, genesisHash: chain.head.hash, engine: engine.name }
      const publisher = await createPublisher({ ...options, ...identity })
      return new ChainLeader(options, { engine, chain, publisher })
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  /**
   * Opens and seals blocks until the signal fires; the open block is sealed then.
   * @throws EngineHaltedError
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#runBlock(signal)
  }

  async close(): Promise<void> {
    await this.#senders.close()
    await this.publisher.close()
    await this.#engine.close()
  }

  async #runBlock(signal: AbortSignal): Promise<void> {
    const draft = this.#nextHeader()
    this.pool.openBlock(this.#admissionRules(draft))
    const builder = await BlockBuilder.open(
      {
        engine: this.#engine,
        config: this.#config,
        feedsTrie: true,
        publish: (message) => this.publisher.publish(message),
        onRejected: (rejected) => this.#takeRejected(rejected),
        onCommitted: (step) => this.#takeCommitted(step),
      },
      this.#contextOf(draft),
    )
    const isFull = createSignal()
    this.#open = { builder, isFull }
    builder.execute()
    this.#fill()
    const timer = new AbortController()
    const stop = AbortSignal.any([signal, timer.signal])
    // A block that fails ends the wait at once; it cannot finish before it is closed below.
    await Promise.race([elapsed(this.#options.blockTimeMs, stop), isFull.fired, builder.finished])
    timer.abort()
    this.#open = undefined
    builder.close()
    builder.execute()
    await this.#seal(draft, await builder.finished)
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

  #takeCommitted(step: CommittedTransaction | CommittedSystemStep): void {
    this.#accounts.note(step.diff.changes)
    if (step.type === 'system') return
    this.pool.committed(this.#takenAt(step.txIndex), step.diff, step.receipt.gasUsed)
    this.#refill()
  }

  /** What found no room makes the block seal; the pool has it go first in the next one. */
  #takeRejected(rejected: RejectedTransaction): void {
    const { reason } = rejected
    if (!this.pool.rejected(this.#takenAt(rejected.txIndex), reason)) {
      this.#options.onRejected?.(rejected)
    } else if (FULL_REASONS.has(reason)) {
      this.#open?.isFull.resolve()
    }
    this.#refill()
  }

  #takenAt(txIndex: number): PooledTransaction {
    const pooled = this.#taken.get(txIndex)
    assert(pooled !== undefined, 'every transaction of the block is from the pool')
    this.#taken.delete(txIndex)
    return pooled
  }

  /** In halves of the window, so that the order has several to choose from. */
  #refill(): void {
    if (this.#taken.size <= WINDOW_TRANSACTIONS / 2 && this.pool.readyCount > 0) this.#fill()
  }

  async #seal(draft: Header, block: FinishedBlock): Promise<void> {
    const stateRoot = await this.#engine.stateRoot()
    await this.#engine.applyBlock()
    const summary = summarizeBlock({ ...block, withdrawals: block.context.withdrawals ?? [] })
    const header: Header = { ...draft, ...summary, stateRoot }
    this.#chain.advance(header)
    const { hash } = this.#chain.head
    this.publisher.publish({
      type: 'blockSealed',
      header,
      hash,
      shredCount: block.transactions.length,
      diff: block.closing,
      requests: block.requests,
    })
    this.#options.onSealed?.({ header, hash, txs: block.transactions.length })
  }

  #admissionRules(header: Header): AdmissionRules {
    return admissionRules(this.#config, header, this.#options.pool?.minimumTip)
  }

  #nextHeader(): Header {
    const { header: parent, hash: parentHash } = this.#chain.head
    const nowSeconds = BigInt(Math.floor(Date.now() / 1000))
    return nextHeader({
      config: this.#config,
      parent,
      parentHash,
      timestamp: nowSeconds > parent.timestamp ? nowSeconds : parent.timestamp + 1n,
      ...this.#options.block,
    })
  }

  #contextOf(header: Header): BlockContext {
    this.#blockHashes.set(header.number - 1n, header.parentHash)
    this.#blockHashes.delete(header.number - 1n - BLOCK_HASH_COUNT)
    const fork = hardforkAt(this.#config, header.number, header.timestamp)
    return blockContextOf(header, {
      ommers: [],
      blockHashes: new Map(this.#blockHashes),
      ...(isAtLeast(fork, 'shanghai') && { withdrawals: [] }),
    })
  }
}

interface Signal {
  /** Resolves at the first `resolve`. */
  readonly fired: Promise<void>
  readonly isFired: boolean
  resolve(): void
}

function createSignal(): Signal {
  let isFired = false
  let resolve = () => {}
  const fired = new Promise<void>((fire) => {
    resolve = fire
  })
  return {
    fired,
    get isFired() {
      return isFired
    },
    resolve() {
      isFired = true
      resolve()
    },
  }
}

/** Resolves after the time, or when the signal fires. */
function elapsed(timeMs: number, signal: AbortSignal): Promise<void> {
  return setTimeout(timeMs, undefined, { signal }).catch(() => {})
}
