/** The tracer that was asked for. */

import type { TracerChoice } from '../../chain/trace-choice.ts'
import { CallTracer } from './call-tracer.ts'
import { FourByteTracer } from './four-byte-tracer.ts'
import { PrestateTracer } from './prestate-tracer.ts'
import { StructLogger } from './struct-logger.ts'
import type { TraceSize } from './trace-size.ts'
import type { TracedTransaction, TransactionTracer } from './transaction-tracer.ts'

export function createTracer(
  choice: TracerChoice,
  traced: TracedTransaction,
  size: TraceSize,
): TransactionTracer {
  switch (choice.name) {
    case 'structLogger':
      return new StructLogger(choice, size)
    case 'callTracer':
      return new CallTracer(choice, traced, size)
    case 'prestateTracer':
      return new PrestateTracer(choice, traced, size)
    case '4byteTracer':
      return new FourByteTracer(traced)
    case 'noopTracer':
      return NOOP_TRACER
  }
}

const NOOP_TRACER: TransactionTracer = {
  enter() {},
  step() {},
  exit() {},
  result: () => '{}',
}
