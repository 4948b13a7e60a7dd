/**
 * The thread of read-only calls, as the main thread has it. It is inside the gate while it executes, so
 * whoever locks the gate holds it off first.
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
  CallTimeoutError,
  CallTooLargeError,
} from './call-result.ts'
import { checkCall } from './call-validity.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'
import { abortedJob } from './job-failure.ts'
import { JobThread } from './job-thread.ts'

const STOP = (CONTROL_OFFSET + CALL_STOP) >> 2
const INSIDE = (CONTROL_OFFSET + CALL_INSIDE) >> 2

export class CallThread {
  readonly #host: CoreThread
  readonly #thread: JobThread<CallJob, CallAnswer, CallResult>
  #holds = 0

  constructor(host: CoreThread, reader: BaseReaderSource | undefined) {
    const { module, memory, words } = host
    this.#host = host
    this.#thread = new JobThread({
      jobs: 'calls',
      queueMax: CALL_QUEUE_MAX,
      start: () => startWorker({ module, memory, reader }),
      stop() {
        Atomics.or(words, STOP, CALL_STOP_TIME)
        Atomics.notify(words, STOP)
      },
      unstop: () => Atomics.and(words, STOP, ~CALL_STOP_TIME),
      resultOf,
      deathOf(cause) {
        if (Atomics.exchange(words, INSIDE, 0) === 1) host.core.leaveGate()
        return new CallAbortedError('the thread of calls broke', { cause })
      },
    })
  }

  /**
   * Executes the call when those before it are done.
   * @throws InvalidCallError, CallQueueFullError, CallTimeoutError, CallTooLargeError,
   *   CallAbortedError
   */
  async call(request: CallRequest, options: CallOptions): Promise<CallResult> {
    checkCall(request, options)
    return this.#thread.run({ request, options }, options.timeMs ?? CALL_TIME_MS)
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
  terminate(): Promise<void> {
    return this.#thread.close(new CallAbortedError('the engine is closed'))
  }
}

// Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
function startWorker(setup: CallWorkerSetup): Worker {
  const url = new URL('../../dist/engine/call-worker.js', import.meta.url)
  return new Worker(url, { workerData: setup })
}

/** @throws CallTimeoutError, CallTooLargeError, CallAbortedError */
function resultOf(answer: CallAnswer, timeMs: number): CallResult {
  if (answer.type === 'result') return answer.result
  if (answer.type === 'timeout') throw new CallTimeoutError(`the call took over ${timeMs} ms`)
  if (answer.type === 'too-large') {
    throw new CallTooLargeError('the call needs more memory than a call may have')
  }
  throw abortedJob('the call', answer)
}
