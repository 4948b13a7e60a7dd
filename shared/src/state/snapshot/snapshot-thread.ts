/**
 * A thread that reads snapshots from a store beside those who write it: a queue before it, and one chunk
 * at a time. It is started with the first job, and yields the processor to all others where the system
 * lets a thread do so.
 */

import { Worker } from 'node:worker_threads'
import { BaseError } from '../../primitives/base-error.ts'
import { InvalidSnapshotError } from './snapshot-entry.ts'
import type { SnapshotAnswer, SnapshotJob, SnapshotResults } from './snapshot-job.ts'

/** The thread cannot read the store, or was ended. */
export class SnapshotThreadError extends BaseError {
  override readonly name = 'State.SnapshotThreadError'
}

interface PendingJob {
  readonly job: SnapshotJob
  resolve(result: SnapshotResults[SnapshotJob['type']]): void
  reject(error: Error): void
}

export class SnapshotThread {
  readonly #path: string
  readonly #waiting: PendingJob[] = []
  #worker: Worker | undefined
  #running: PendingJob | undefined
  #isClosed = false

  /** Of the store at `path`, which this process has open. */
  constructor(path: string) {
    this.#path = path
  }

  /**
   * Does the job when those before it are done; whoever asks bounds how many wait.
   * @throws InvalidSnapshotError when the job names no place
   * @throws SnapshotThreadError
   */
  run<Type extends SnapshotJob['type']>(
    job: SnapshotJob & { readonly type: Type },
  ): Promise<SnapshotResults[Type]> {
    const result = new Promise<SnapshotResults[SnapshotJob['type']]>((resolve, reject) => {
      if (this.#isClosed) throw new SnapshotThreadError('the thread of snapshots is closed')
      this.#waiting.push({ job, resolve, reject })
      this.#next()
    })
    return result as Promise<SnapshotResults[Type]>
  }

  /** Ends the thread; jobs that wait or run are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    const error = new SnapshotThreadError('the thread of snapshots is closed')
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
    this.#worker.postMessage(pending.job)
  }

  #takeRunning(): PendingJob | undefined {
    const pending = this.#running
    this.#running = undefined
    return pending
  }

  #start(): Worker {
    // Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
    const url = new URL('../../../dist/state/snapshot/snapshot-worker.js', import.meta.url)
    const worker = new Worker(url, { workerData: this.#path })
    worker.on('message', (answer: SnapshotAnswer) => {
      worker.unref()
      const pending = this.#takeRunning()
      if (pending !== undefined) settle(pending, answer)
      this.#next()
    })
    worker.on('error', (cause) => this.#takeDeath(worker, cause))
    return worker
  }

  /** The thread broke: the job it was at fails, the next one starts another. */
  #takeDeath(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const message = `the thread of snapshots broke: ${cause.message}`
    this.#takeRunning()?.reject(new SnapshotThreadError(message, { cause }))
    this.#next()
  }
}

function settle(pending: PendingJob, answer: SnapshotAnswer): void {
  if (answer.type === 'result') pending.resolve(answer.result)
  else if (answer.isAsked) pending.reject(new InvalidSnapshotError(answer.message))
  else pending.reject(new SnapshotThreadError(`a snapshot cannot be read: ${answer.message}`))
}
