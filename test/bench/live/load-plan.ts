/** What the load generator, a process of its own, is told to send and what it says of it. */

import type { SignedTransaction } from './live-mixes.ts'

export type LoadShape =
  | {
      /** One request a transaction at a steady rate; each waits for its receipt. */
      readonly kind: 'paced'
      readonly perSecond: number
    }
  | {
      /** As fast as the node takes them: `lanes` requests at a time, of `batch` transactions each. */
      readonly kind: 'flood'
      readonly lanes: number
      readonly batch: number
    }

export interface LoadPlan {
  readonly url: string
  readonly transactions: readonly SignedTransaction[]
  readonly shape: LoadShape
}

export interface LoadResult {
  /** From the first request to the last receipt. */
  readonly totalMs: number
  /** From the first request to the answer of the last. */
  readonly admittedMs: number
  /** Paced: from request to receipt, each. */
  readonly latenciesMs: readonly number[]
  /** Transactions without a receipt in the end. */
  readonly lost: number
  readonly gasUsed: number
}
