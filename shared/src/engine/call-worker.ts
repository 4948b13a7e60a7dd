/**
 * The thread of read-only calls: takes one at a time from the main thread and executes it on the
 * newest committed state. It is inside the gate while it does, and leaves at once when the host asks
 * for the gate: the call starts again behind the block that was sealed meanwhile.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { CALL_STOP_GATE, CALL_STOP_TIME } from '../layout/call.ts'
import { CALL_INSIDE, CALL_STOP } from '../layout/control.ts'
import { CALL_WORKER, CONTROL_OFFSET } from '../layout/memory-map.ts'
import { createBaseLoads, openReader } from './base-loader.ts'
import { executeCall } from './call-execution.ts'
import type { CallAnswer, CallJob, CallWorkerSetup } from './call-job.ts'
import type { CallResult } from './call-result.ts'
import { CoreHaltedError, HeapFullError } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { createCoreThread } from './core-thread.ts'
import { jobFailure } from './job-failure.ts'
import { LibraryNeededError } from './precompiles/library.ts'

/** Not a fault: the host wants the gate. */
const AGAIN = Symbol('again')

const STOP = (CONTROL_OFFSET + CALL_STOP) >> 2
const INSIDE = (CONTROL_OFFSET + CALL_INSIDE) >> 2

const { module, memory, ...setup } = workerData as CallWorkerSetup
const reader = setup.reader && (await openReader(setup.reader))
const loads = reader && createBaseLoads(reader, () => thread)
const thread: CoreThread = createCoreThread(module, memory, CALL_WORKER, undefined, loads)
const { core, words } = thread
core.becomeCallThread()

async function answer(job: CallJob): Promise<CallAnswer> {
  while (true) {
    const stop = waitForGate()
    if (stop & CALL_STOP_TIME) return { type: 'timeout' }
    try {
      const result = executeInside(job)
      if (result !== AGAIN) return { type: 'result', result }
    } catch (error) {
      if (error instanceof LibraryNeededError) await error.load()
      else if (error instanceof HeapFullError) return { type: 'too-large' }
      else return jobFailure(error)
    }
  }
}

/** Sleeps while the host wants the gate; returns what else there is to stop for. */
function waitForGate(): number {
  while (true) {
    const stop = Atomics.load(words, STOP)
    if (!(stop & CALL_STOP_GATE) || stop & CALL_STOP_TIME) return stop
    Atomics.wait(words, STOP, stop)
  }
}

function executeInside({ request, options }: CallJob): CallResult | typeof AGAIN {
  core.enterGate()
  Atomics.store(words, INSIDE, 1)
  try {
    return executeCall(thread, request, options)
  } catch (error) {
    if (error instanceof CoreHaltedError && Atomics.load(words, STOP) !== 0) return AGAIN
    throw error
  } finally {
    Atomics.store(words, INSIDE, 0)
    core.leaveGate()
  }
}

parentPort?.on('message', async (job: CallJob) => parentPort?.postMessage(await answer(job)))
