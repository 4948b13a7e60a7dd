/**
 * The transactions that may go to the engine now, one of each sender, and which of them goes next.
 * An order chooses, within a bound: nobody is overtaken by more than `overtakenMax` others.
 *
 * Each that becomes ready gets a turn, counted up. Of the oldest, all with lower turns are gone, so
 * whoever has gone with a higher one has overtaken it (or left), and their number is
 * `nextTurn - 1 - turn - (size - 1)`. When that reaches the bound the oldest goes. Whoever overtakes
 * another one overtakes the oldest too, so the bound holds for all.
 */

import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { PooledTransaction } from './pooled-transaction.ts'
import { NOT_READY } from './pooled-transaction.ts'
import { PriorityQueue } from './priority-queue.ts'

/** Which of the ready transactions goes next. */
export interface Order {
  add(pooled: PooledTransaction): void
  /** It has just lost its turn, by another way than `take`. */
  forget(pooled: PooledTransaction): void
  /** Takes out the next one; undefined when there is none. */
  take(): PooledTransaction | undefined
  /** `pooled` goes to the engine, not by the order's choice. */
  noteTaken(pooled: PooledTransaction): void
  /** The engine has nothing left to do. */
  noteIdle(): void
  /** What a transaction did that is committed now. */
  learn(pooled: PooledTransaction, diff: StateDiff, gasUsed: bigint): void
}

/** Turns of returned transactions, which go before all others, in the order they came back. */
const FIRST_RETURNED_TURN = -(2 ** 52)

export class ReadySet {
  readonly #order: Order
  readonly #overtakenMax: number
  /** By turn. */
  readonly #arrivals = new PriorityQueue()
  #nextTurn = 0
  #nextReturnedTurn = FIRST_RETURNED_TURN
  /** Without the returned ones. */
  #orderedCount = 0

  constructor(order: Order, overtakenMax: number) {
    this.#order = order
    this.#overtakenMax = overtakenMax
  }

  get size(): number {
    return this.#arrivals.size
  }

  add(pooled: PooledTransaction): void {
    if (pooled.isReturned) {
      pooled.turn = this.#nextReturnedTurn++
    } else {
      pooled.turn = this.#nextTurn++
      this.#orderedCount++
      this.#order.add(pooled)
    }
    this.#arrivals.push(pooled)
  }

  /** It is not to go to the engine now. */
  remove(pooled: PooledTransaction): void {
    const wasOrdered = pooled.turn >= 0
    pooled.turn = NOT_READY
    this.#arrivals.forget()
    if (!wasOrdered) return
    this.#orderedCount--
    this.#order.forget(pooled)
  }

  take(): PooledTransaction | undefined {
    const oldest = this.#arrivals.peek()
    if (oldest === undefined) return undefined
    const isOldestDue = oldest.turn < 0 || this.#overtakers(oldest) >= this.#overtakenMax
    const chosen = isOldestDue ? undefined : this.#order.take()
    if (chosen === undefined) {
      this.remove(oldest)
      this.#order.noteTaken(oldest)
      return oldest
    }
    chosen.turn = NOT_READY
    this.#orderedCount--
    this.#arrivals.forget()
    return chosen
  }

  noteIdle(): void {
    this.#order.noteIdle()
  }

  #overtakers(oldest: PooledTransaction): number {
    return this.#nextTurn - oldest.turn - this.#orderedCount
  }
}
