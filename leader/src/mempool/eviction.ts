/**
 * Which transaction leaves a full pool: those behind a gap first, then the cheapest. Only the last of
 * a sender leaves, so that no gap comes about, and none that the engine has.
 */

import type { PooledTransaction } from './pooled-transaction.ts'
import { comparePrice } from './pooled-transaction.ts'
import type { SenderQueue } from './sender-queue.ts'

/** Found in one look at all senders; the next look comes when they are used up. */
const CANDIDATES_MAX = 256

interface Candidate {
  readonly pooled: PooledTransaction
  readonly queue: SenderQueue
  readonly isGapped: boolean
}

export class Eviction {
  readonly #queues: ReadonlyMap<string, SenderQueue>
  /** The first to leave at the end. */
  #candidates: Candidate[] = []

  constructor(queues: ReadonlyMap<string, SenderQueue>) {
    this.#queues = queues
  }

  /** The first to leave, if it is worth less than the newcomer. */
  findFor(newcomer: PooledTransaction, isGapped: boolean): PooledTransaction | undefined {
    const first = this.#first() ?? this.#lookAgain()
    if (first === undefined || first.pooled.senderKey === newcomer.senderKey) return undefined
    const isWorthMore = compareWorth(first, { pooled: newcomer, isGapped }) < 0
    return isWorthMore ? first.pooled : undefined
  }

  #lookAgain(): Candidate | undefined {
    const all = [...this.#queues.values()].flatMap(candidateOf)
    all.sort((a, b) => compareWorth(b, a))
    this.#candidates = all.slice(-CANDIDATES_MAX)
    return this.#first()
  }

  /** Passes over those that have left, or are no longer what they were. */
  #first(): Candidate | undefined {
    while (true) {
      const last = this.#candidates.at(-1)
      if (last === undefined) return undefined
      const [present] = candidateOf(last.queue)
      const isSame = present?.pooled === last.pooled && present.isGapped === last.isGapped
      if (isSame && this.#queues.get(last.pooled.senderKey) === last.queue) return last
      this.#candidates.pop()
    }
  }
}

function candidateOf(queue: SenderQueue): Candidate[] {
  const pooled = queue.transactions.at(-1)
  if (pooled === undefined || pooled.isTaken || pooled.isReturned) return []
  return [{ pooled, queue, isGapped: queue.executableCount < queue.size }]
}

function compareWorth(
  a: Pick<Candidate, 'pooled' | 'isGapped'>,
  b: Pick<Candidate, 'pooled' | 'isGapped'>,
): number {
  if (a.isGapped !== b.isGapped) return a.isGapped ? -1 : 1
  return comparePrice(a.pooled, b.pooled)
}
