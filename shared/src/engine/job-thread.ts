/**
 * A thread that does one job after the other, as the main thread has it: a queue before it, a time for
 * each job, and another thread behind one that broke. It is started with the first job; while it has
 * none it keeps no process alive.
 */

import type { Worker } from 'node:worker_threads'
import { CallQueueFullError } from './call-result.ts'

export interface JobThreadOptions<Answer, Result> {
  /** In errors, as `calls`. */
  readonly jobs: string
  /** Jobs that wait or run; one more is refused. */
  readonly queueMax: number
  /** A thread that answers each message, a job, with one. */
  start(): Worker
  /** Asks the thread to end the running job, whose time is over; it answers all the same. */
  stop(): void
  /** The running job is over: the next one is not stopped. */
  unstop(): void
  /** @throws what the job failed with, which had `timeMs` */
  resultOf(answer: Answer, timeMs: number): Result
  /** The thread broke: what the job that it was at fails with. */
  deathOf(cause: Error): Error
}

interface PendingJob<Job, Result> {
  readonly job: Job
  readonly timeMs: number
  resolve(result: Result): void
  reject(error: Error): void
}

export class JobThread<Job, Answer, Result> {
  readonly #options: JobThreadOptions<Answer, Result>
  readonly #waiting: PendingJob<Job, Result>[] = []
  #worker: Worker | undefined
  #running: PendingJob<Job, Result> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed: Error | undefined

  constructor(options: JobThreadOptions<Answer, Result>) {
    this.#options = options
  }

  /**
   * Does the job when those before it are done; its time begins with it.
   * @throws CallQueueFullError, what `resultOf`, `deathOf` and `close` say
   */
  run(job: Job, timeMs: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw this.#closed
      const { jobs, queueMax } = this.#options
      if (this.#waiting.length + (this.#running === undefined ? 0 : 1) >= queueMax) {
        throw new CallQueueFullError(`${queueMax} ${jobs} wait already`)
      }
      this.#waiting.push({ job, timeMs, resolve, reject })
      this.#next()
    })
  }

  /** Ends the thread wherever it is; jobs that wait, run or come are rejected with the error. */
  async close(error: Error): Promise<void> {
    this.#closed ??= error
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
    this.#timer = setTimeout(() => this.#options.stop(), pending.timeMs)
    this.#worker.postMessage(pending.job)
  }

  /** The running job, which is over. */
  #takeRunning(): PendingJob<Job, Result> | undefined {
    clearTimeout(this.#timer)
    this.#options.unstop()
    const pending = this.#running
    this.#running = undefined
    return pending
  }

  #start(): Worker {
    const worker = this.#options.start()
    worker.on('message', (answer: Answer) => {
      worker.unref()
      const pending = this.#takeRunning()
      if (pending !== undefined) this.#settle(pending, answer)
      this.#next()
    })
    worker.on('error', (error) => this.#takeDeath(worker, error))
    return worker
  }

  #settle({ timeMs, resolve, reject }: PendingJob<Job, Result>, answer: Answer): void {
    try {
      resolve(this.#options.resultOf(answer, timeMs))
    } catch (error) {
      reject(error as Error)
    }
  }

  /** The job it was at fails, the next one starts another thread. */
  #takeDeath(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const error = this.#options.deathOf(cause)
    this.#takeRunning()?.reject(error)
    this.#next()
  }
}
