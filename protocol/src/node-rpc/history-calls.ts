/** Executions on older states by the thread of history; why it refuses one is told to whoever asked. */

import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import type { CallOptions, CallRequest } from '@shredcast/shared/chain/call'
import type { StateView } from '@shredcast/shared/chain/state-reader'
import { CallQueueFullError, InvalidCallError } from '@shredcast/shared/engine/call-result'
import { checkCall } from '@shredcast/shared/engine/call-validity'
import { estimateGas } from '@shredcast/shared/engine/estimate-gas'
import {
  HistoryRefusedError,
  HistoryTimeoutError,
} from '@shredcast/shared/engine/history/history-error'
import type { ChainPlace } from '@shredcast/shared/engine/history/history-job'
import type { HistoryThread } from '@shredcast/shared/engine/history/history-thread'
import { packBlock } from '@shredcast/shared/engine/history/packed-block'
import { EMPTY_CODE_HASH } from '@shredcast/shared/primitives/keccak'
import type { CallExecutor, HistoryExecutor, HistoryPlace } from '../rpc/backend.ts'
import { CallRefusedError } from '../rpc/call-error.ts'

/** JSON-RPC's code for `eth_simulateV1` (execution-apis). */
const SIMULATION_TIMEOUT = -32016

/** `stateAt` reads the state behind a sealed block, if it is kept. */
export function historyCalls(
  thread: HistoryThread,
  stateAt: (number: bigint) => StateView | undefined,
): HistoryExecutor {
  return {
    callsBehind: (block) => callsBehind(thread, block, stateAt(block.header.number)),
    traceTransaction({ block, transaction }, { tracer, timeMs }) {
      const place = placeOf({ block, count: transaction.index })
      const job = { type: 'traceTransactions', place, tracer, isWholeBlock: false } as const
      return refusing(thread.run(job, timeMs))
    },
    traceBlock(block, { tracer, timeMs }) {
      const place = placeOf({ block, count: 0 })
      const job = { type: 'traceTransactions', place, tracer, isWholeBlock: true } as const
      return refusing(thread.run(job, timeMs))
    },
    async traceCall({ request, options, ...at }, { tracer, timeMs }) {
      const job = { type: 'traceCall', place: placeOf(at), request, options, tracer } as const
      return refusing(checked(request, options, () => thread.run(job, timeMs)))
    },
    simulate(at, request) {
      const job = { type: 'simulate', place: placeOf(at), request } as const
      return refusing(thread.run(job), SIMULATION_TIMEOUT)
    },
  }
}

function callsBehind(
  thread: HistoryThread,
  block: BlockRecord,
  state: StateView | undefined,
): CallExecutor {
  const place = placeOf({ block })
  const call = (request: CallRequest, options: CallOptions = {}) => {
    const { timeMs, ...rest } = options
    return checked(request, options, () => {
      return thread.run({ type: 'call', place, request, options: rest }, timeMs)
    })
  }
  const executor = {
    call,
    readAccount: (address: Uint8Array) => state?.account(address) ?? NO_ACCOUNT,
    readCode: (address: Uint8Array) => {
      const codeHash = state?.account(address)?.codeHash
      return (codeHash && state?.code(codeHash)) ?? new Uint8Array(0)
    },
  }
  return {
    call: (request, options) => refusing(call(request, options)),
    estimateGas: (request, options) => refusing(estimateGas(executor, request, options)),
  }
}

const NO_ACCOUNT = { balance: 0n, nonce: 0n, codeHash: EMPTY_CODE_HASH }

/** @throws InvalidCallError */
async function checked<T>(
  request: CallRequest,
  options: CallOptions,
  run: () => Promise<T>,
): Promise<T> {
  checkCall(request, options)
  return run()
}

/** Everything that is sealed is stored, or will be in a moment; the open block goes along. */
function placeOf({ block, count }: HistoryPlace): ChainPlace {
  const { number } = block.header
  const { edited } = block
  const isOpen = block.hash === undefined
  if (count === undefined && !isOpen) return { parent: number }
  const before = count ?? block.transactions.length
  const parent = number - 1n
  const within = { count: before, ...(edited && { edited }) }
  if (!isOpen) return { parent, within }
  return { parent, within: { ...within, open: packBlock(block, block.transactions.length) } }
}

async function refusing<T>(result: Promise<T>, timeoutCode?: number): Promise<T> {
  try {
    return await result
  } catch (error) {
    const isRefusal =
      error instanceof HistoryRefusedError ||
      error instanceof InvalidCallError ||
      error instanceof CallQueueFullError
    if (isRefusal) {
      const code = error instanceof HistoryRefusedError ? error.code : undefined
      throw new CallRefusedError(error.shortMessage, { cause: error, ...(code && { code }) })
    }
    if (!(error instanceof HistoryTimeoutError)) throw error
    const code = timeoutCode === undefined ? {} : { code: timeoutCode }
    throw new CallRefusedError('execution timeout', { cause: error, ...code })
  }
}
