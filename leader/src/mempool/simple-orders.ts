/** The orders that know nothing of conflicts: first come, first served; and the highest tip first. */

import type { PooledTransaction } from './pooled-transaction.ts'
import { comparePrice } from './pooled-transaction.ts'
import { PriorityQueue } from './priority-queue.ts'
import type { Order } from './ready-set.ts'

class QueueOrder implements Order {
  readonly #queue: PriorityQueue

  constructor(queue: PriorityQueue) {
    this.#queue = queue
  }

  add(pooled: PooledTransaction): void {
    this.#queue.push(pooled)
  }

  forget(): void {
    this.#queue.forget()
  }

  take(): PooledTransaction | undefined {
    return this.#queue.pop()
  }

  noteTaken(): void {}

  noteIdle(): void {}

  learn(): void {}
}

export function fifoOrder(): Order {
  return new QueueOrder(new PriorityQueue())
}

export function feeOrder(): Order {
  return new QueueOrder(new PriorityQueue((a, b) => comparePrice(b, a)))
}
