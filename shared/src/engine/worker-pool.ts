/** Starts the worker threads and watches over them. */

import { Worker } from 'node:worker_threads'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { WorkerNotice, WorkerSetup } from './worker.ts'

/** Young generation of a worker: execution makes much short-lived garbage. */
const YOUNG_GENERATION_MIB = 64

export interface WorkerFailure {
  readonly txIndex: number
  readonly error: unknown
  /** BLOCK_EPOCH of the block it happened in. */
  readonly blockEpoch: number
}

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
}): Promise<WorkerPool> {
  const { workers: size, ...shared } = options
  const failures = new FailureLog()
  let hasDied = false
  let listener = () => {}
  const start = (index: number) => {
    const worker = startWorker({ ...shared, index })
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (notice: WorkerNotice) => {
        if (notice.type === 'ready') resolve()
        else failures.add(notice)
      })
      worker.on('error', (error) => {
        hasDied = true
        failures.add({ txIndex: 0, error, blockEpoch: ANY_BLOCK })
        reject(error)
        listener()
      })
    })
    const exited = new Promise<void>((resolve) => worker.on('exit', () => resolve()))
    return { worker, ready, exited }
  }
  const started = Array.from({ length: size }, (_, index) => start(index))
  await Promise.all(started.map((worker) => worker.ready))
  return {
    size,
    get hasDied() {
      return hasDied
    },
    failureIn: (blockEpoch) => failures.firstIn(blockEpoch),
    async terminate() {
      await Promise.all(started.map(({ worker }) => worker.terminate()))
    },
    exited: Promise.all(started.map((worker) => worker.exited)).then(() => {}),
    onFailure(added) {
      listener = added
    },
  }
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
