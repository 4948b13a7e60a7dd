/**
 * The order that lets workers execute side by side what shares no state. It keeps a clock for each
 * worker: the next transaction goes to the worker that is free first, and is one whose contended reads
 * nobody is still writing then. Transactions on contended state stand in queues of their own, one a
 * location, the highest tip first; all others go by arrival and never wait for them. So a hot queue
 * is a chain on one worker while the others take what is cold.
 */

import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { ConflictTable, Prediction } from './conflict-table.ts'
import type { PooledTransaction } from './pooled-transaction.ts'
import { comparePrice } from './pooled-transaction.ts'
import { PriorityQueue } from './priority-queue.ts'
import type { Order } from './ready-set.ts'

/** Hot queues at once; what would need one more counts as cold. */
const HOT_QUEUES_MAX = 32
/** Cold transactions that are looked at again for one choice. */
const LOOKS_MAX = 64
/** A writer's share of its work that passes before a reader is started: clocks are estimates. */
const SPACING = 2
const BUSY_LOCATIONS_MAX = 4096

interface HotTransaction {
  readonly prediction: Prediction
  readonly queue: PriorityQueue
}

export class ParallelOrder implements Order {
  readonly #table: ConflictTable
  /** When each worker is free, in work. */
  readonly #workers: number[]
  /** Of contended locations, by the clocks; each has a last writer. */
  readonly #busyUntil = new Map<number, number>()
  readonly #lastWriters = new Map<number, PooledTransaction>()
  #nextTakeNumber = 0
  readonly #cold = new PriorityQueue()
  readonly #hotQueues = new Map<number, PriorityQueue>()
  readonly #hot = new Map<PooledTransaction, HotTransaction>()

  constructor(table: ConflictTable, workers: number) {
    this.#table = table
    this.#workers = new Array<number>(workers).fill(0)
  }

  add(pooled: PooledTransaction): void {
    const prediction = this.#table.predict(pooled)
    if (prediction === undefined || !this.#addHot(pooled, prediction)) this.#cold.push(pooled)
  }

  forget(pooled: PooledTransaction): void {
    const hot = this.#hot.get(pooled)
    if (hot === undefined) {
      this.#cold.forget()
      return
    }
    hot.queue.forget()
    this.#dropHot(pooled, hot)
  }

  take(): PooledTransaction | undefined {
    const now = Math.min(...this.#workers)
    return this.#takeFreeHot(now) ?? this.#takeCold(now) ?? this.#takeSoonest()
  }

  noteTaken(pooled: PooledTransaction): void {
    this.#assign(pooled, this.#table.predict(pooled))
  }

  noteIdle(): void {
    this.#workers.fill(0)
    this.#busyUntil.clear()
    this.#lastWriters.clear()
  }

  learn(pooled: PooledTransaction, diff: StateDiff, gasUsed: bigint): void {
    this.#table.learn(pooled, diff, gasUsed)
  }

  /** Of the hot queues whose first could start now, the longest: it has the most to do yet. */
  #takeFreeHot(now: number): PooledTransaction | undefined {
    let longest: PriorityQueue | undefined
    for (const queue of this.#hotQueues.values()) {
      if (longest !== undefined && queue.size <= longest.size) continue
      if (this.#freeAt(queue.peek()!) <= now) longest = queue
    }
    return longest && this.#takeHot(longest)
  }

  #takeCold(now: number): PooledTransaction | undefined {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const pooled = this.#cold.pop()
      if (pooled === undefined) return undefined
      // It may have come before its state was contended.
      const prediction = this.#table.predict(pooled)
      const mayGo = prediction === undefined || this.#readableAt(prediction) <= now
      if (mayGo || !this.#addHot(pooled, prediction)) {
        this.#assign(pooled, prediction)
        return pooled
      }
    }
    return undefined
  }

  /** Nothing can start without a conflict: the hot one that has to wait least. */
  #takeSoonest(): PooledTransaction | undefined {
    let soonest: PriorityQueue | undefined
    let time = Number.POSITIVE_INFINITY
    for (const queue of this.#hotQueues.values()) {
      const freeAt = this.#freeAt(queue.peek()!)
      if (freeAt >= time) continue
      time = freeAt
      soonest = queue
    }
    return soonest && this.#takeHot(soonest)
  }

  #takeHot(queue: PriorityQueue): PooledTransaction {
    const pooled = queue.pop()!
    const hot = this.#hot.get(pooled)!
    this.#dropHot(pooled, hot)
    this.#assign(pooled, hot.prediction)
    return pooled
  }

  /** False when there are too many hot queues. */
  #addHot(pooled: PooledTransaction, prediction: Prediction): boolean {
    let queue = this.#hotQueues.get(prediction.hottest)
    if (queue === undefined) {
      if (this.#hotQueues.size === HOT_QUEUES_MAX) return false
      queue = new PriorityQueue((a, b) => comparePrice(b, a))
      this.#hotQueues.set(prediction.hottest, queue)
    }
    queue.push(pooled)
    this.#hot.set(pooled, { prediction, queue })
    return true
  }

  #dropHot(pooled: PooledTransaction, { prediction, queue }: HotTransaction): void {
    this.#hot.delete(pooled)
    if (queue.size === 0) this.#hotQueues.delete(prediction.hottest)
  }

  #freeAt(pooled: PooledTransaction): number {
    return this.#readableAt(this.#hot.get(pooled)!.prediction)
  }

  #readableAt({ reads }: Prediction): number {
    let time = 0
    for (const location of reads) time = Math.max(time, this.#busyUntil.get(location) ?? 0)
    return time
  }

  /** Gives it to the worker that is free first. */
  #assign(pooled: PooledTransaction, prediction: Prediction | undefined): void {
    const now = Math.min(...this.#workers)
    const work = this.#table.workOf(pooled)
    const start = prediction === undefined ? now : Math.max(now, this.#readableAt(prediction))
    this.#workers[this.#workers.indexOf(now)] = start + work
    pooled.takeNumber = this.#nextTakeNumber++
    pooled.predecessor = this.#predecessorOf(prediction)
    for (const location of prediction?.writes ?? []) {
      this.#busyUntil.set(location, start + work * SPACING)
      this.#lastWriters.set(location, pooled)
    }
    if (this.#busyUntil.size > BUSY_LOCATIONS_MAX) this.#forgetPast(now)
  }

  /** The last taken of those that write what it reads, if any of them is uncommitted. */
  #predecessorOf(prediction: Prediction | undefined): PooledTransaction | undefined {
    let last: PooledTransaction | undefined
    for (const location of prediction?.reads ?? []) {
      const writer = this.#lastWriters.get(location)
      if (writer?.isTaken && (last === undefined || writer.takeNumber > last.takeNumber)) {
        last = writer
      }
    }
    return last
  }

  #forgetPast(now: number): void {
    for (const [location, time] of this.#busyUntil) {
      if (time > now) continue
      this.#busyUntil.delete(location)
      this.#lastWriters.delete(location)
    }
  }
}
