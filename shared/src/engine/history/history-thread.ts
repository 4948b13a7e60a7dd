/** The thread of executions on states of the past, as the main thread has it. */

import { Worker } from 'node:worker_threads'
import { CallAbortedError } from '../call-result.ts'
import { abortedJob } from '../job-failure.ts'
import { JobThread } from '../job-thread.ts'
import { HistoryRefusedError, HistoryTimeoutError } from './history-error.ts'
import type { HistoryAnswer, HistoryJob, HistoryResults, HistorySetup } from './history-job.ts'

/** Default time of a job, from its start. */
const HISTORY_TIME_MS = 5000
/** Jobs that wait or run; one more is refused. */
const QUEUE_MAX = 256
/** A job that needs more ends its thread. */
const HEAP_MIB_MAX = 1024

export type HistoryThreadOptions = Omit<HistorySetup, 'stop'>

type HistoryResult = HistoryResults[HistoryJob['type']]

export class HistoryThread {
  readonly #thread: JobThread<HistoryJob, HistoryAnswer, HistoryResult>

  constructor(options: HistoryThreadOptions) {
    const stop = new Int32Array(new SharedArrayBuffer(4))
    this.#thread = new JobThread({
      jobs: 'executions',
      queueMax: QUEUE_MAX,
      start: () => startWorker({ ...options, stop }),
      stop: () => Atomics.store(stop, 0, 1),
      unstop: () => Atomics.store(stop, 0, 0),
      resultOf,
      deathOf,
    })
  }

  /**
   * Does the job when those before it are done. A job is stopped between two instructions, at the
   * latest behind the longest precompile that its gas pays for.
   * @throws HistoryRefusedError, HistoryTimeoutError, CallQueueFullError, CallAbortedError
   */
  run<Type extends HistoryJob['type']>(
    job: HistoryJob & { readonly type: Type },
    timeMs = HISTORY_TIME_MS,
  ): Promise<HistoryResults[Type]> {
    return this.#thread.run(job, timeMs) as Promise<HistoryResults[Type]>
  }

  /** Ends the thread; jobs that wait or run are rejected. */
  close(): Promise<void> {
    return this.#thread.close(new CallAbortedError('the thread of history is closed'))
  }
}

// Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
function startWorker(setup: HistorySetup): Worker {
  const url = new URL('../../../dist/engine/history/history-worker.js', import.meta.url)
  return new Worker(url, {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  })
}

/** @throws HistoryTimeoutError, HistoryRefusedError, CallAbortedError */
function resultOf(answer: HistoryAnswer, timeMs: number): HistoryResult {
  if (answer.type === 'result') return answer.result
  if (answer.type === 'stopped') throw new HistoryTimeoutError(`it took over ${timeMs} ms`)
  if (answer.type === 'refused') throw new HistoryRefusedError(answer.message, answer.code)
  throw abortedJob('the execution', answer)
}

function deathOf(cause: Error): Error {
  const isFull = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isFull
    ? new HistoryRefusedError('the execution needs more memory than there is for it')
    : new CallAbortedError('the thread of history broke', { cause })
}
