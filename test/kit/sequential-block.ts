/** A block, one step after another: what every other way of executing it must come to. */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { ReferenceExecutor } from '@shredcast/shared/engine/reference/reference-executor'
import type { MapState } from './map-state.ts'

export interface SequentialBlock {
  readonly context: BlockContext
  /** Signed bytes. */
  readonly transactions: readonly Uint8Array[]
  readonly senders: readonly Uint8Array[]
}

/** Executes the block on `state`, which then is the state behind it. */
export async function runBlockSequentially(
  executor: ReferenceExecutor,
  state: MapState,
  { context, transactions, senders }: SequentialBlock,
): Promise<Receipt[]> {
  executor.openBlock(context)
  await state.run(() => executor.executeOpening(state))
  const receipts: Receipt[] = []
  let cumulativeGasUsed = 0n
  for (const [index, bytes] of transactions.entries()) {
    const tx = decodeTransaction(bytes)
    const sender = senders[index] as Uint8Array
    const { result } = await state.run((options) => {
      return executor.executeTransaction(tx, sender, state, options)
    })
    const { status, gasUsed, logs } = result
    cumulativeGasUsed += gasUsed
    receipts.push({ type: tx.type, status, gasUsed, cumulativeGasUsed, logs })
  }
  const logs = receipts.flatMap((receipt) => receipt.logs)
  await state.run(() => executor.executeClosing(state, logs))
  return receipts
}
