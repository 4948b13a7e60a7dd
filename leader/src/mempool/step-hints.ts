/** What the pool knows of taken transactions, as the engine takes it. */

import type { StepHints } from '@shredcast/shared/engine/step-input'
import type { PooledTransaction } from './pooled-transaction.ts'

/** Numbers the steps of `batch` from `firstStep` on; hints in the same order. */
export function hintsOf(batch: readonly PooledTransaction[], firstStep: number): StepHints[] {
  return batch.map((pooled, index) => {
    pooled.step = firstStep + index
    const { sender, predecessor } = pooled
    pooled.predecessor = undefined
    return { sender, predecessor: predecessor?.isTaken ? predecessor.step : undefined }
  })
}
