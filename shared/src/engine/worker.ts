/**
 * A worker thread: takes tasks from the core until it is told to exit. It is started once, sleeps in
 * the core between blocks, and is sent no message: everything it needs is in the shared memory.
 */

import { parentPort, workerData } from 'node:worker_threads'
import {
  BLOCK_EPOCH,
  COMMIT_INDEX,
  ENGINE,
  ENGINE_INLINE,
  HALT_SYSTEM_CALL_FAILED,
  HALT_WORKER_ERROR,
  TASK_EXECUTE,
  TASK_EXIT,
  TASK_INDEX_MASK,
  TASK_SHIFT,
} from '../layout/control.ts'
import { createBaseLoads, openReader } from './base-loader.ts'
import { CoreHaltedError, HeapFullError } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, createCoreThread } from './core-thread.ts'
import { CoreTrace } from './core-trace.ts'
import { InlineRunner } from './inline-runner.ts'
import { LibraryNeededError } from './precompiles/library.ts'
import { SystemCallError } from './reference/system-call-error.ts'
import { settleSender } from './step-input.ts'
import type { StepRunner } from './step-runner.ts'
import type { TracePart } from './trace.ts'
import { TraceWriter } from './trace.ts'
import type { WorkerNotice, WorkerSetup } from './worker-notice.ts'

const { module, memory, index, config, isTraced, ...setup } = workerData as WorkerSetup
const traceWriter = isTraced ? new TraceWriter(handOnTrace) : undefined
const tracer = traceWriter && new CoreTrace(traceWriter, () => thread)
const reader = setup.reader && (await openReader(setup.reader))
const loads = reader && createBaseLoads(reader, () => thread)
const thread: CoreThread = createCoreThread(module, memory, index, {
  trace: tracer?.report,
  loads,
})
const runner = await createRunner()

/** The reference engine's libraries take 100 ms to load, so only its own workers load them. */
async function createRunner(): Promise<StepRunner> {
  if (controlWord(thread, ENGINE) === ENGINE_INLINE) return new InlineRunner(thread, config, tracer)
  const { ReferenceRunner } = await import('./reference-runner.ts')
  return new ReferenceRunner(thread, config, tracer)
}

function notify(notice: WorkerNotice): void {
  parentPort?.postMessage(notice)
}

/** The main thread must have taken the lines before the step that they are about is committed. */
function handOnTrace(part: TracePart): void {
  const taken = new Int32Array(new SharedArrayBuffer(4))
  notify({ type: 'trace', ...part, taken })
  Atomics.wait(taken, 0, 0)
}

/** A halted core has told everybody already; anything else stops the block. */
function fail(error: unknown, txIndex: number): void {
  traceWriter?.flush()
  if (error instanceof CoreHaltedError) return
  if (error instanceof SystemCallError) {
    thread.core.stop(HALT_SYSTEM_CALL_FAILED, txIndex)
    return
  }
  const isError = error instanceof Error
  const message = isError ? `${error.name}: ${error.message}` : String(error)
  const blockEpoch = controlWord(thread, BLOCK_EPOCH)
  notify({ type: 'failed', txIndex, blockEpoch, message, stack: isError ? error.stack : undefined })
  thread.core.stop(HALT_WORKER_ERROR, txIndex)
}

async function runTask(task: number): Promise<void> {
  const txIndex = task & TASK_INDEX_MASK
  try {
    if (task >> TASK_SHIFT === TASK_EXECUTE) await runner.execute(txIndex)
    else settleSender(thread, txIndex, config)
  } catch (error) {
    fail(error, txIndex)
  }
}

/** Undefined when the core stopped this thread while it looked for a task, as in a commit. */
function nextTask(isInside: boolean): number | undefined {
  try {
    return thread.core.nextTask(isInside)
  } catch (error) {
    // The host's side gives the step what it needs and executes it again.
    if (error instanceof LibraryNeededError || error instanceof HeapFullError) {
      tracer?.repeat()
      return (TASK_EXECUTE << TASK_SHIFT) | thread.core.executingStep()
    }
    fail(error, controlWord(thread, COMMIT_INDEX))
    return undefined
  }
}

async function run(): Promise<void> {
  let isInside = false
  while (true) {
    const task = nextTask(isInside)
    isInside = true
    if (task === undefined) continue
    if (task >> TASK_SHIFT === TASK_EXIT) return
    await runTask(task)
  }
}

notify({ type: 'ready' })
await run()
await reader?.close()
parentPort?.close()
