/**
 * Executions on states of the past as the main thread hands them on: a queue before a thread that is
 * started with the first one.
 */

import { Worker } from 'node:worker_threads'
import type { ChainConfig } from '../../chain/chain-config.ts'
import type { BaseReaderSource } from '../../chain/state-reader.ts'
import { CallAbortedError, CallQueueFullError } from '../call-result.ts'
import { HistoryRefusedError, HistoryTimeoutError } from './history-error.ts'
import type { HistoryAnswer, HistoryJob, HistoryResults, HistorySetup } from './history-job.ts'

/** Default time of a job, from its start. */
const HISTORY_TIME_MS = 5000
/** Jobs that wait or run; one more is refused. */
const QUEUE_MAX = 256
/** A job that needs more ends its thread. */
const HEAP_MIB_MAX = 1024

interface PendingJob {
  readonly job: HistoryJob
  readonly timeMs: number
  resolve(result: HistoryResults[HistoryJob['type']]): void
  reject(error: Error): void
}

export interface HistoryThreadOptions {
  readonly config: ChainConfig
  /** Of a module with `openHistoryReader`. */
  readonly reader: BaseReaderSource
}

export class HistoryThread {
  readonly #options: HistoryThreadOptions
  readonly #stop = new Int32Array(new SharedArrayBuffer(4))
  readonly #waiting: PendingJob[] = []
  #worker: Worker | undefined
  #running: PendingJob | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: HistoryThreadOptions) {
    this.#options = options
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
    const result = new Promise<HistoryResults[HistoryJob['type']]>((resolve, reject) => {
      if (this.#isClosed) throw new CallAbortedError('the thread of history is closed')
      if (this.#waiting.length + (this.#running === undefined ? 0 : 1) >= QUEUE_MAX) {
        throw new CallQueueFullError(`${QUEUE_MAX} executions wait already`)
      }
      this.#waiting.push({ job, timeMs, resolve, reject })
      this.#next()
    })
    return result as Promise<HistoryResults[Type]>
  }

  /** Ends the thread; jobs that wait or run are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    const error = new CallAbortedError('the thread of history is closed')
    this.#takeRunning()?.reject(error)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    await this.#worker?.terminate()
  }

  #next(): void {
    if (this.#running !== undefined) return
    const pending = this.#waiting.shift()
    if (pending === undefined) return
    this.#running = pending
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#timer = setTimeout(() => Atomics.store(this.#stop, 0, 1), pending.timeMs)
    this.#worker.postMessage(pending.job)
  }

  /** The running job, which is over. */
  #takeRunning(): PendingJob | undefined {
    clearTimeout(this.#timer)
    Atomics.store(this.#stop, 0, 0)
    const pending = this.#running
    this.#running = undefined
    return pending
  }

  #start(): Worker {
    const setup: HistorySetup = { ...this.#options, stop: this.#stop }
    // Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
    const url = new URL('../../../dist/engine/history/history-worker.js', import.meta.url)
    const worker = new Worker(url, {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    })
    worker.on('message', (answer: HistoryAnswer) => {
      worker.unref()
      const pending = this.#takeRunning()
      if (pending !== undefined) settle(pending, answer)
      this.#next()
    })
    worker.on('error', (error) => this.#takeDeath(worker, error))
    return worker
  }

  /** The thread broke: the job it was at fails, the next one starts another. */
  #takeDeath(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const isFull = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
    const error = isFull
      ? new HistoryRefusedError('the execution needs more memory than there is for it')
      : new CallAbortedError('the thread of history broke', { cause })
    this.#takeRunning()?.reject(error)
    this.#next()
  }
}

function settle(pending: PendingJob, answer: HistoryAnswer): void {
  if (answer.type === 'result') pending.resolve(answer.result)
  else pending.reject(errorOf(answer, pending.timeMs))
}

function errorOf(answer: Exclude<HistoryAnswer, { type: 'result' }>, timeMs: number): Error {
  if (answer.type === 'stopped') return new HistoryTimeoutError(`it took over ${timeMs} ms`)
  if (answer.type === 'refused') return new HistoryRefusedError(answer.message, answer.code)
  const { message, stack } = answer
  return new CallAbortedError(`the execution broke: ${message}`, stack ? { details: stack } : {})
}
