/** Calls by the engine; why it refuses one is told to whoever asked. */

import {
  CallAbortedError,
  CallQueueFullError,
  CallTimeoutError,
  CallTooLargeError,
  InvalidCallError,
} from '@shredcast/shared/engine/call-result'
import type { Engine } from '@shredcast/shared/engine/engine'
import { estimateGas } from '@shredcast/shared/engine/estimate-gas'
import type { CallExecutor } from '../rpc/backend.ts'
import { CallRefusedError } from '../rpc/call-error.ts'

const REFUSALS = [
  CallAbortedError,
  CallQueueFullError,
  CallTimeoutError,
  CallTooLargeError,
  InvalidCallError,
]

export function engineCalls(
  engine: Pick<Engine, 'call' | 'readAccount' | 'readCode'>,
): CallExecutor {
  return {
    call: (request, options) => refusing(engine.call(request, options)),
    estimateGas: (request, options) => refusing(estimateGas(engine, request, options)),
  }
}

async function refusing<T>(result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    const refusal = REFUSALS.find((refusalClass) => error instanceof refusalClass)
    if (refusal === undefined) throw error
    const cause = error as InvalidCallError
    throw new CallRefusedError(cause.shortMessage, { cause })
  }
}
