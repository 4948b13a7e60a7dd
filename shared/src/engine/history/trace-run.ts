/** Traces of transactions of a block, and of a call. */

import type { CallOptions, CallRequest } from '../../chain/call.ts'
import type { TracerChoice } from '../../chain/trace-choice.ts'
import { transactionHash } from '../../chain/transaction.ts'
import { assert } from '../../primitives/assert.ts'
import { bytesToHex } from '../../primitives/bytes.ts'
import { InvalidTransactionError } from '../reference/execution-result.ts'
import { createTracer } from './create-tracer.ts'
import { HistoryRefusedError } from './history-error.ts'
import type { ChainPlace } from './history-job.ts'
import type { HistoryExecutors } from './history-place.ts'
import { executeAgain, openPlace, readTransaction } from './history-place.ts'
import { prepareMessage, runMessage } from './message-run.ts'
import { TraceSize } from './trace-size.ts'

/**
 * JSON of the traces of a block's transactions from `place.within.count` on: of the first by itself, or
 * of all with their hashes.
 * @throws HistoryRefusedError
 */
export async function traceTransactions(
  executors: HistoryExecutors,
  place: ChainPlace,
  choice: TracerChoice,
  isWholeBlock: boolean,
): Promise<string> {
  const { config, tracing, current } = executors
  assert(place.within !== undefined, 'transactions are traced within their block')
  const { state, context, block, logCount } = await openPlace(executors, place)
  const size = new TraceSize()
  let startingLogIndex = logCount
  const trace = async (index: number) => {
    executors.assertGoesOn()
    const sent = readTransaction(block, index, config)
    const traced = { ...sent, startingLogIndex, state, executor: tracing }
    const tracer = createTracer(choice, traced, size)
    current.target = tracer
    const result = await executeAgain(tracing, state, block, index, sent)
    startingLogIndex += result.logs.length
    return tracer.result(result)
  }
  tracing.openBlock(context)
  const first = place.within.count
  if (!isWholeBlock) return trace(first)
  const traces: string[] = []
  for (const [index, bytes] of block.transactions.entries()) {
    const hash = bytesToHex(transactionHash(bytes))
    if (index >= first) traces.push(`{"txHash":"${hash}","result":${await trace(index)}}`)
  }
  return `[${traces.join(',')}]`
}

/**
 * JSON of the trace of a call.
 * @throws HistoryRefusedError also when the call may not begin
 */
export async function traceCall(
  executors: HistoryExecutors,
  place: ChainPlace,
  choice: TracerChoice,
  { request, options }: { readonly request: CallRequest; readonly options: CallOptions },
): Promise<string> {
  const { tracing, config, current } = executors
  const opened = await openPlace(executors, place)
  const message = prepareMessage(tracing, config, opened, request, options)
  const { state } = opened
  const traced = { ...message, startingLogIndex: 0, state, executor: tracing }
  const tracer = createTracer(choice, traced, new TraceSize())
  current.target = tracer
  const result = await runMessage(tracing, state, message)
  if (result instanceof InvalidTransactionError) throw new HistoryRefusedError(result.message)
  state.apply(result.writes)
  return tracer.result(result)
}
