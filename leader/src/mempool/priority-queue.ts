/**
 * A binary heap of executable transactions. One that leaves it otherwise than by `pop` is passed over
 * when it comes up, and swept out when such make up half of the heap.
 */

import type { PooledTransaction } from './pooled-transaction.ts'

interface Item {
  readonly pooled: PooledTransaction
  /** Its turn when it was pushed: it may have left and become ready anew. */
  readonly turn: number
}

/** Negative when `a` goes before `b`. */
export type Compare = (a: PooledTransaction, b: PooledTransaction) => number

/** Before it is worth sweeping. */
const SWEEP_MIN = 64

export class PriorityQueue {
  readonly #goesFirst: (a: Item, b: Item) => boolean
  #items: Item[] = []
  #size = 0

  /** Those that compare alike go in order of turn. */
  constructor(compare: Compare = () => 0) {
    this.#goesFirst = (a, b) => (compare(a.pooled, b.pooled) || a.turn - b.turn) < 0
  }

  get size(): number {
    return this.#size
  }

  push(pooled: PooledTransaction): void {
    this.#size++
    this.#items.push({ pooled, turn: pooled.turn })
    this.#rise(this.#items.length - 1)
  }

  peek(): PooledTransaction | undefined {
    while (this.#items.length > 0) {
      const first = this.#items[0]!
      if (isPresent(first)) return first.pooled
      this.#dropFirst()
    }
    return undefined
  }

  pop(): PooledTransaction | undefined {
    const first = this.peek()
    if (first === undefined) return undefined
    this.#dropFirst()
    this.#size--
    return first
  }

  /** One of its transactions has lost its turn. */
  forget(): void {
    this.#size--
    if (this.#items.length < SWEEP_MIN || this.#items.length < 2 * this.#size) return
    this.#items = this.#items.filter(isPresent)
    for (let place = (this.#items.length >> 1) - 1; place >= 0; place--) this.#sink(place)
  }

  #dropFirst(): void {
    const last = this.#items.pop()!
    if (this.#items.length === 0) return
    this.#items[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    const items = this.#items
    const item = items[from]!
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!this.#goesFirst(item, items[parent]!)) break
      items[place] = items[parent]!
      place = parent
    }
    items[place] = item
  }

  #sink(from: number): void {
    const items = this.#items
    const item = items[from]!
    let place = from
    while (true) {
      let child = 2 * place + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#goesFirst(items[child + 1]!, items[child]!)) child++
      if (!this.#goesFirst(items[child]!, item)) break
      items[place] = items[child]!
      place = child
    }
    items[place] = item
  }
}

function isPresent({ pooled, turn }: Item): boolean {
  return pooled.turn === turn
}
