/**
 * A block on virtual workers in virtual time. Each worker has its own instance of the core on one
 * memory and takes tasks from the scheduler's own code, which really validates, folds and commits.
 * An execution is replayed: it reads what the real one read, spread over the time that the real one
 * took, and publishes its writes at the end; after a wrong read it writes wrong values. Workers are
 * stepped one at a time, always the one whose clock is furthest behind.
 */

import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import {
  controlWord,
  createCoreThread,
  loadWord,
  setValue,
} from '@shredcast/shared/engine/core-thread'
import {
  COMMIT_INDEX,
  COUNTER_ABORTS,
  COUNTER_VALIDATIONS,
  SCHEDULE_BLOCK_STM,
  SCRATCH_COUNTERS,
  TASK_INDEX_MASK,
} from '@shredcast/shared/layout/control'
import { HOST_WORKER, WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { FLAG_CLOSING, FLAG_OPENING, SENDER_RECOVERED } from '@shredcast/shared/layout/records'
import { assert } from '@shredcast/shared/primitives/assert'
import type { TaskCosts } from './scale-run.ts'
import { SimulationRun } from './scale-run.ts'
import type { Trace } from './scale-trace.ts'
import { locateIn, NO_TASK, ScaleWorker } from './scale-worker.ts'

const GAS_LIMIT = (1n << 64n) - 1n

export interface Simulation {
  /** Virtual, from the first task to the last commit. */
  readonly executeMs: number
  readonly aborts: number
  readonly validations: number
  /** Real time that the scheduler's code took in all, and in looks that found nothing. */
  readonly pollingMs: number
  readonly emptyMs: number
  readonly emptyPolls: number
}

/** One memory and its instances; serves any number of simulations, one at a time. */
export class ScaleCore {
  readonly #host: CoreThread
  readonly #threads: readonly CoreThread[]

  private constructor(host: CoreThread, threads: readonly CoreThread[]) {
    this.#host = host
    this.#threads = threads
  }

  static async create(): Promise<ScaleCore> {
    const module = await compileCore('release')
    const memory = createMemory()
    const host = createCoreThread(module, memory, HOST_WORKER)
    const threads = Array.from({ length: WORKER_COUNT_MAX }, (_, index) =>
      createCoreThread(module, memory, index),
    )
    return new ScaleCore(host, threads)
  }

  /** Takes the state before the block. */
  load({ locations }: Trace): void {
    const { core } = this.#host
    assert(core.lockGate() === 1, 'virtual workers are outside the gate')
    core.dropState()
    core.resetBlock(SCHEDULE_BLOCK_STM, GAS_LIMIT, 0n)
    for (const location of locations) {
      locateIn(this.#host, location)
      setValue(this.#host, location.base)
      core.setBase(location.kind)
    }
    core.unlockGate()
  }

  simulate(trace: Trace, workerCount: number, costs: TaskCosts): Simulation {
    const stepCount = trace.steps.length
    this.#open(stepCount)
    const mismatches = trace.steps.map(() => 0n)
    const workers = this.#threads.slice(0, workerCount).map((thread) => {
      return new ScaleWorker(thread, { trace, executionMs: costs.executionMs, mismatches })
    })
    const run = new SimulationRun(this.#host, workers, costs)
    while (this.#commitIndex < stepCount) run.step()
    const areReadsRight = mismatches.every((mismatch) => mismatch === 0n)
    assert(areReadsRight, 'each step read at last what it read in reality')
    return {
      executeMs: run.lastCommitMs,
      aborts: this.#counter(COUNTER_ABORTS),
      validations: this.#counter(COUNTER_VALIDATIONS),
      pollingMs: run.pollingMs,
      emptyMs: run.emptyMs,
      emptyPolls: run.emptyPolls,
    }
  }

  #open(stepCount: number): void {
    const { core } = this.#host
    assert(core.lockGate() === 1, 'virtual workers are outside the gate')
    core.resetBlock(SCHEDULE_BLOCK_STM, GAS_LIMIT, 0n)
    core.unlockGate()
    for (let txIndex = 0; txIndex < stepCount; txIndex++) {
      const flags = txIndex === 0 ? FLAG_OPENING : txIndex === stepCount - 1 ? FLAG_CLOSING : 0
      core.appendTx(txIndex, flags, 0, 0)
    }
    core.publishTxs(stepCount)
    const [settler] = this.#threads
    for (let task = settler!.core.pollTask(); task !== NO_TASK; task = settler!.core.pollTask()) {
      settler!.core.senderSettled(task & TASK_INDEX_MASK, SENDER_RECOVERED, 0n, 0)
    }
    core.allowExecution(stepCount)
  }

  get #commitIndex(): number {
    return controlWord(this.#host, COMMIT_INDEX)
  }

  #counter(counter: number): number {
    return this.#threads.reduce((sum, thread) => {
      return sum + loadWord(thread, thread.scratch + SCRATCH_COUNTERS + counter)
    }, 0)
  }
}
