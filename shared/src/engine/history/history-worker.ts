/**
 * The thread of history: executes on states behind stored blocks, one job after the other, with the
 * reference executor. It shares no memory with the core, so nothing it does holds up commits.
 */

import { parentPort, workerData } from 'node:worker_threads'
import type { HistoryReaderModule } from '../../chain/history-reader.ts'
import { jobFailure } from '../job-failure.ts'
import { ExecutionStoppedError, stopInterpreterWhen } from '../reference/evm/interpreter-stop.ts'
import { ReferenceExecutor } from '../reference/reference-executor.ts'
import { BlockHashes } from './block-hashes.ts'
import { HistoryRefusedError } from './history-error.ts'
import type { HistoryAnswer, HistoryJob, HistoryResults, HistorySetup } from './history-job.ts'
import type { HistoryExecutors } from './history-place.ts'
import { openPlace } from './history-place.ts'
import { alwaysWarm, callResultOf, prepareMessage, runMessage } from './message-run.ts'
import { simulate } from './simulation.ts'
import { traceCall, traceTransactions } from './trace-run.ts'
import { CurrentTracer } from './transaction-tracer.ts'

const { config, reader: source, stop } = workerData as HistorySetup
const { openHistoryReader } = (await import(source.module)) as HistoryReaderModule
const isStopped = () => Atomics.load(stop, 0) !== 0
stopInterpreterWhen(isStopped)

const reader = openHistoryReader(source.options)
const current = new CurrentTracer()
const executors: HistoryExecutors = {
  config,
  reader,
  hashes: new BlockHashes(reader),
  plain: new ReferenceExecutor(config),
  tracing: new ReferenceExecutor(config, { frames: current }),
  current,
  assertGoesOn() {
    if (isStopped()) throw new ExecutionStoppedError('the job was stopped')
  },
}

async function run(job: HistoryJob): Promise<HistoryResults[HistoryJob['type']]> {
  const { place } = job
  if (job.type === 'traceTransactions') {
    return traceTransactions(executors, place, job.tracer, job.isWholeBlock)
  }
  if (job.type === 'traceCall') return traceCall(executors, place, job.tracer, job)
  if (job.type === 'simulate') return simulate(executors, place, job.request)
  const { plain } = executors
  const opened = await openPlace(executors, place)
  const { request, options } = job
  const message = prepareMessage(plain, config, opened, request, options)
  const warm = options.collectAccessList ? alwaysWarm(config, opened.context) : undefined
  return callResultOf(await runMessage(plain, opened.state, message), message, warm)
}

async function answer(job: HistoryJob): Promise<HistoryAnswer> {
  try {
    return { type: 'result', result: await run(job) }
  } catch (error) {
    if (error instanceof ExecutionStoppedError) return { type: 'stopped' }
    if (error instanceof HistoryRefusedError) {
      return { type: 'refused', message: error.shortMessage, code: error.code }
    }
    return jobFailure(error)
  } finally {
    current.target = undefined
  }
}

parentPort?.on('message', async (job: HistoryJob) => parentPort?.postMessage(await answer(job)))
