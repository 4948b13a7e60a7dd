/** The tracer that was asked for. */

import type { TracerChoice } from '../../chain/trace-choice.ts'
import { CallTracer } from './call-tracer.ts'
import { StructLogger } from './struct-logger.ts'
import type { TraceSize } from './trace-size.ts'
import type { TracedTransaction, TransactionTracer } from './transaction-tracer.ts'

export function createTracer(
  choice: TracerChoice,
  traced: TracedTransaction,
  size: TraceSize,
): TransactionTracer {
  if (choice.name === 'callTracer') return new CallTracer(choice, traced, size)
  return new StructLogger(choice, size)
}
