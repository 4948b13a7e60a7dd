/** Starts the worker threads and watches over them. */

import { Worker } from 'node:worker_threads'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { WorkerNotice, WorkerSetup } from './worker.ts'

/** Young generation of a worker: execution makes much short-lived garbage. */
const YOUNG_GENERATION_MIB = 64

export interface WorkerFailure {
  readonly txIndex: number
  readonly error: unknown
}

export interface WorkerPool {
  readonly size: number
  /** The first failure, if there was one. */
  readonly failure: WorkerFailure | undefined
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
  let failure: WorkerFailure | undefined
  let listener = () => {}
  const fail = (txIndex: number, error: unknown) => {
    failure ??= { txIndex, error }
  }
  const start = (index: number) => {
    const worker = startWorker({ ...shared, index })
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (notice: WorkerNotice) => {
        if (notice.type === 'ready') resolve()
        else fail(notice.txIndex, notice.error)
      })
      worker.on('error', (error) => {
        fail(0, error)
        reject(error)
        listener()
      })
    })
    const exited = new Promise<void>((resolve) => worker.on('exit', () => resolve()))
    return { ready, exited }
  }
  const started = Array.from({ length: size }, (_, index) => start(index))
  await Promise.all(started.map((worker) => worker.ready))
  return {
    size,
    get failure() {
      return failure
    },
    exited: Promise.all(started.map((worker) => worker.exited)).then(() => {}),
    onFailure(added) {
      listener = added
    },
  }
}

// Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
function startWorker(setup: WorkerSetup): Worker {
  return new Worker(new URL('../../dist/engine/worker.js', import.meta.url), {
    workerData: setup,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  })
}
