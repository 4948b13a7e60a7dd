/** From the pool into the open block: ready transactions, up to a window, as others are committed. */

import type {
  CommittedSystemStep,
  CommittedTransaction,
  RejectedTransaction,
} from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import type { InvalidReason } from '@shredcast/shared/engine/reference/execution-result'
import { TX_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import type { BlockBuilder } from '../builder/block-builder.ts'
import type { Mempool } from '../mempool/mempool.ts'
import type { PooledTransaction } from '../mempool/pooled-transaction.ts'
import { hintsOf } from '../mempool/step-hints.ts'
import type { BlockPlan } from './block-plan.ts'
import type { Signal } from './signal.ts'

/** The block's last step is its closing system work. */
const STEPS_MAX = TX_COUNT_MAX - 1

/** Uncommitted transactions in the engine: a few milliseconds of work; the rest waits in the pool. */
export const WINDOW_TRANSACTIONS = 1024

/** The block has no room left for a transaction that fits an empty one. */
const FULL_REASONS: ReadonlySet<InvalidReason> = new Set([
  'gas limit exceeds the block gas left',
  'blob gas exceeds the block blob gas left',
] satisfies InvalidReason[])

/** While it takes transactions. */
interface OpenBlock {
  readonly builder: BlockBuilder
  readonly isFull: Signal
  /** Of a block that takes what waited for it: nothing is left that it could take. */
  readonly isDrained?: Signal
}

interface PoolFeedOptions {
  readonly pool: Mempool
  readonly plan: BlockPlan
  readonly engine: Pick<Engine, 'stepCount'>
  readonly onRejected?: (rejected: RejectedTransaction) => void
}

export class PoolFeed {
  readonly #options: PoolFeedOptions
  /** What the engine has of the pool, by step of the open block. */
  readonly #taken = new Map<number, PooledTransaction>()
  #open: OpenBlock | undefined

  constructor(options: PoolFeedOptions) {
    this.#options = options
  }

  /** Whether the engine has transactions that are neither committed nor rejected. */
  get isBusy(): boolean {
    return this.#taken.size > 0
  }

  /** The block takes what is ready, and what will be until `close`. */
  open(block: OpenBlock): void {
    this.#open = block
    this.fill()
  }

  close(): void {
    this.#open = undefined
  }

  /** Hands ready transactions to the open block, up to the window. */
  fill(): void {
    const { pool, plan, engine } = this.#options
    const { builder, isFull, isDrained } = this.#open ?? {}
    if (builder === undefined || isFull === undefined || isFull.isFired) return
    if (!plan.isAutomine && isDrained === undefined) return
    const room = STEPS_MAX - engine.stepCount
    const batch = pool.take(Math.min(WINDOW_TRANSACTIONS - this.#taken.size, room))
    if (batch.length > 0) {
      const hints = hintsOf(batch, engine.stepCount)
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
  committed(step: CommittedTransaction | CommittedSystemStep): void {
    const { pool } = this.#options
    if (step.type === 'system') return
    const pooled = this.#takenAt(step.txIndex)
    if (pooled === undefined) pool.committedBeside(step.diff)
    else pool.committed(pooled, step.diff, step.receipt.gasUsed)
    this.#refill()
  }

  /** What found no room makes the block seal; the pool has it go first in the next one. */
  rejected(rejected: RejectedTransaction): void {
    const { pool, onRejected } = this.#options
    const { reason } = rejected
    const pooled = this.#takenAt(rejected.txIndex)
    if (pooled === undefined || !pool.rejected(pooled, reason)) {
      onRejected?.(rejected)
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
    const { pool } = this.#options
    if (this.#taken.size <= WINDOW_TRANSACTIONS / 2 && pool.readyCount > 0) this.fill()
    if (!this.isBusy) this.#open?.isDrained?.resolve()
  }
}
