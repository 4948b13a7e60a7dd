/** A tracer of one transaction, and how an executor gets it. */

import type { Transaction } from '../../chain/transaction.ts'
import type { FrameTracer } from '../frame-tracer.ts'
import type { ExecutionResult } from '../reference/execution-result.ts'
import type { ReferenceExecutor } from '../reference/reference-executor.ts'
import type { StateAccess } from '../reference/state-access.ts'

export interface TransactionTracer extends FrameTracer {
  /** JSON of the trace, when the transaction has been executed. */
  result(result: ExecutionResult): string
}

export interface TracedTransaction {
  readonly transaction: Transaction
  readonly sender: Uint8Array
  /** Block-wide index of its first log. */
  readonly startingLogIndex: number
  /** Before the transaction; by the time of the result, behind it. */
  readonly state: Pick<StateAccess, 'balance' | 'nonce' | 'code' | 'slot'>
  /** Has the block open that the transaction is in. */
  readonly executor: Pick<ReferenceExecutor, 'block' | 'isPrecompile'>
}

/** Hands on to the tracer of the transaction that is being executed. */
export class CurrentTracer implements FrameTracer {
  target: FrameTracer | undefined

  enter(...event: Parameters<FrameTracer['enter']>): void {
    this.target?.enter(...event)
  }

  step(...event: Parameters<FrameTracer['step']>): void {
    this.target?.step(...event)
  }

  exit(...event: Parameters<FrameTracer['exit']>): void {
    this.target?.exit(...event)
  }
}
