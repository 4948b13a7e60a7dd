/** Starts the worker threads and watches over them. */

import { Worker } from 'node:worker_threads'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { BaseReaderSource } from '../chain/state-reader.ts'
import type { TracePart } from './trace.ts'
import type { TraceNotice, WorkerFailure, WorkerNotice, WorkerSetup } from './worker-notice.ts'
import { WorkerError } from './worker-notice.ts'

/**
 * Young generation of a worker: execution makes much short-lived garbage. With 64 the ten blocks it
 * was measured on ran at 137 Mgas/s by two workers, with 200 at 164.
 */
const YOUNG_GENERATION_MIB = 192

export interface WorkerPool {
  readonly size: number
  /** True when a thread has ended by itself; the core may wait for it for ever. */
  readonly hasDied: boolean
  /** Resolves with the first failure in that block, as soon as it is told, or any thread's death. */
  failureIn(blockEpoch: number): Promise<WorkerFailure>
  /** Ends all threads wherever they are. */
  terminate(): Promise<void>
  /** Resolves when all threads have ended. */
  readonly exited: Promise<void>
  /** Called when a thread dies; a failed step is told through the core instead. */
  onFailure(listener: () => void): void
}

/** Resolves when all workers have instantiated the core. */
export async function startWorkers(options: {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  config: ChainConfig
  workers: number
  reader?: BaseReaderSource | undefined
  onTrace?: ((part: TracePart) => void) | undefined
}): Promise<WorkerPool> {
  const { workers: size, onTrace, reader, ...shared } = options
  const failures = new FailureLog()
  let hasDied = false
  let isEnding = false
  let listener = () => {}
  const die = (message: string, stack: string | undefined = undefined): WorkerError => {
    hasDied = true
    const failure = failureOf({ txIndex: 0, blockEpoch: ANY_BLOCK, message, stack })
    failures.add(failure)
    listener()
    return failure.error
  }
  const start = (index: number) => {
    const worker = startWorker({ ...shared, reader, index, isTraced: onTrace !== undefined })
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (notice: WorkerNotice) => {
        if (notice.type === 'ready') resolve()
        else if (notice.type === 'failed') failures.add(failureOf(notice))
        else takeTrace(notice, onTrace)
      })
      worker.on('error', (error) => reject(die(`${error.name}: ${error.message}`, error.stack)))
      worker.on('exit', (code) => {
        if (!isEnding && code !== 0) reject(die(`worker ${index} ended with code ${code}`))
      })
    })
    const exited = new Promise<void>((resolve) => worker.on('exit', () => resolve()))
    return { worker, ready, exited }
  }
  const started = Array.from({ length: size }, (_, index) => start(index))
  const terminate = async () => {
    isEnding = true
    await Promise.all(started.map(({ worker }) => worker.terminate()))
  }
  try {
    await Promise.all(started.map((worker) => worker.ready))
  } catch (error) {
    await terminate()
    throw error
  }
  return {
    size,
    get hasDied() {
      return hasDied
    },
    failureIn: (blockEpoch) => failures.firstIn(blockEpoch),
    terminate,
    exited: Promise.all(started.map((worker) => worker.exited)).then(() => {}),
    onFailure(added) {
      listener = added
    },
  }
}

function takeTrace({ lines, output, taken }: TraceNotice, onTrace?: (part: TracePart) => void) {
  onTrace?.({ lines, ...(output !== undefined && { output }) })
  Atomics.store(taken, 0, 1)
  Atomics.notify(taken, 0)
}

function failureOf(notice: {
  txIndex: number
  blockEpoch: number
  message: string
  stack: string | undefined
}): WorkerFailure {
  const { txIndex, blockEpoch, message, stack } = notice
  const error = new WorkerError(message, stack === undefined ? {} : { details: stack })
  return { txIndex, blockEpoch, error }
}

/** A dead thread is the failure of every block from then on. */
const ANY_BLOCK = -1

class FailureLog {
  #last: WorkerFailure | undefined
  #waiting: (() => void)[] = []

  add(failure: WorkerFailure): void {
    if (this.#last?.blockEpoch === failure.blockEpoch || this.#last?.blockEpoch === ANY_BLOCK)
      return
    this.#last = failure
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async firstIn(blockEpoch: number): Promise<WorkerFailure> {
    while (true) {
      const last = this.#last
      if (last?.blockEpoch === blockEpoch || last?.blockEpoch === ANY_BLOCK) return last
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

// Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
function startWorker(setup: WorkerSetup): Worker {
  return new Worker(new URL('../../dist/engine/worker.js', import.meta.url), {
    workerData: setup,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  })
}
