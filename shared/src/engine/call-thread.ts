/**
 * Read-only calls as the main thread hands them on: a queue before a thread that is started with the
 * first one. The thread is inside the gate while it executes, so whoever locks the gate holds it off
 * first.
 */

import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { CallOptions, CallRequest } from '../chain/call.ts'
import type { BaseReaderSource } from '../chain/state-reader.ts'
import { CALL_STOP_GATE, CALL_STOP_TIME } from '../layout/call.ts'
import { CALL_INSIDE, CALL_STOP } from '../layout/control.ts'
import { CONTROL_OFFSET } from '../layout/memory-map.ts'
import type { CallAnswer, CallJob, CallWorkerSetup } from './call-job.ts'
import type { CallResult } from './call-result.ts'
import {
  CALL_QUEUE_MAX,
  CALL_TIME_MS,
  CallAbortedError,
  CallQueueFullError,
  CallTimeoutError,
  CallTooLargeError,
} from './call-result.ts'
import { checkCall } from './call-validity.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'

const STOP = (CONTROL_OFFSET + CALL_STOP) >> 2
const INSIDE = (CONTROL_OFFSET + CALL_INSIDE) >> 2

interface PendingCall extends CallJob {
  resolve(result: CallResult): void
  reject(error: Error): void
}

export class CallThread {
  readonly #host: CoreThread
  readonly #reader: BaseReaderSource | undefined
  #worker: Worker | undefined
  #running: PendingCall | undefined
  readonly #waiting: PendingCall[] = []
  #timer: NodeJS.Timeout | undefined
  #holds = 0
  #isClosed = false

  constructor(host: CoreThread, reader: BaseReaderSource | undefined) {
    this.#host = host
    this.#reader = reader
  }

  /**
   * Executes the call when those before it are done.
   * @throws InvalidCallError, CallQueueFullError, CallTimeoutError, CallTooLargeError,
   *   CallAbortedError
   */
  call(request: CallRequest, options: CallOptions): Promise<CallResult> {
    return new Promise((resolve, reject) => {
      checkCall(request, options)
      if (this.#isClosed) throw new CallAbortedError('the engine is closed')
      if (this.#waiting.length + (this.#running === undefined ? 0 : 1) >= CALL_QUEUE_MAX) {
        throw new CallQueueFullError(`${CALL_QUEUE_MAX} calls wait already`)
      }
      this.#waiting.push({ request, options, resolve, reject })
      this.#next()
    })
  }

  /** Makes the thread leave the gate, and keeps it out until `release` was called as often. */
  holdOff(): void {
    this.#holds++
    Atomics.or(this.#host.words, STOP, CALL_STOP_GATE)
  }

  release(): void {
    this.#holds--
    if (this.#holds > 0) return
    Atomics.and(this.#host.words, STOP, ~CALL_STOP_GATE)
    Atomics.notify(this.#host.words, STOP)
  }

  /** Ends the thread when it has left the gate; calls that wait or run are rejected. */
  async close(): Promise<void> {
    this.holdOff()
    while (controlWord(this.#host, CALL_INSIDE) === 1) await setImmediate()
    await this.terminate()
  }

  /** Ends the thread wherever it is. */
  async terminate(): Promise<void> {
    this.#isClosed = true
    this.#rejectAll(new CallAbortedError('the engine is closed'))
    await this.#worker?.terminate()
  }

  #next(): void {
    if (this.#running !== undefined) return
    const call = this.#waiting.shift()
    if (call === undefined) return
    this.#running = call
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#timer = setTimeout(() => this.#stopForTime(), call.options.timeMs ?? CALL_TIME_MS)
    const job: CallJob = { request: call.request, options: call.options }
    this.#worker.postMessage(job)
  }

  #stopForTime(): void {
    Atomics.or(this.#host.words, STOP, CALL_STOP_TIME)
    Atomics.notify(this.#host.words, STOP)
  }

  /** The running call, which is over. */
  #takeRunning(): PendingCall | undefined {
    clearTimeout(this.#timer)
    Atomics.and(this.#host.words, STOP, ~CALL_STOP_TIME)
    const call = this.#running
    this.#running = undefined
    return call
  }

  #start(): Worker {
    const { module, memory } = this.#host
    const setup: CallWorkerSetup = { module, memory, reader: this.#reader }
    // Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
    const url = new URL('../../dist/engine/call-worker.js', import.meta.url)
    const worker = new Worker(url, { workerData: setup })
    worker.on('message', (answer: CallAnswer) => {
      worker.unref()
      const call = this.#takeRunning()
      if (call !== undefined) settle(call, answer)
      this.#next()
    })
    worker.on('error', (error) => this.#takeDeath(worker, error))
    return worker
  }

  /** The thread broke: the call it was in fails, the next one starts another. */
  #takeDeath(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    if (Atomics.exchange(this.#host.words, INSIDE, 0) === 1) this.#host.core.leaveGate()
    const error = new CallAbortedError('the thread of calls broke', { cause })
    this.#takeRunning()?.reject(error)
    this.#next()
  }

  #rejectAll(error: Error): void {
    this.#takeRunning()?.reject(error)
    for (const call of this.#waiting.splice(0)) call.reject(error)
  }
}

function settle(call: PendingCall, answer: CallAnswer): void {
  if (answer.type === 'result') call.resolve(answer.result)
  else call.reject(errorOf(answer, call.options.timeMs ?? CALL_TIME_MS))
}

function errorOf(answer: Exclude<CallAnswer, { type: 'result' }>, timeMs: number): Error {
  if (answer.type === 'timeout') return new CallTimeoutError(`the call took over ${timeMs} ms`)
  if (answer.type === 'too-large') {
    return new CallTooLargeError('the call needs more memory than a call may have')
  }
  const { message, stack } = answer
  const details = stack === undefined ? {} : { details: stack }
  return new CallAbortedError(`the call broke: ${message}`, details)
}
