/** The virtual clock of a simulated block: which worker steps next, and what its steps cost. */

import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { controlWord } from '@shredcast/shared/engine/core-thread'
import { COMMIT_INDEX, COMMIT_TOKEN } from '@shredcast/shared/layout/control'
import { CONTROL_OFFSET } from '@shredcast/shared/layout/memory-map'
import { assert } from '@shredcast/shared/primitives/assert'
import type { ScaleWorker } from './scale-worker.ts'
import { NO_TASK } from './scale-worker.ts'

/** Measured costs, in milliseconds. */
export interface TaskCosts {
  /** Of executing each step, up to the publication of its writes. */
  readonly executionMs: Float64Array
  /** Of committing each step. */
  readonly commitMs: Float64Array
  /** Of validating a step before its commit. */
  readonly validationMs: number
  /** Of looking for a task. */
  readonly pollMs: number
}

/** Of the real scheduler: how long a worker looks out before it sleeps, and how long waking takes. */
const LOOK_OUT_MS = 0.03
const WAKE_MS = 0.006
const NOTICE_MS = 0.0005

/** Rounds in which nobody finds anything, though not all is committed. */
const VAIN_ROUNDS_MAX = 10

export class SimulationRun {
  readonly #host: CoreThread
  readonly #workers: readonly ScaleWorker[]
  readonly #costs: TaskCosts
  /** Workers that sleep, or look out, with the time since which they do. */
  readonly #idle = new Map<ScaleWorker, number>()
  /** Until then another worker commits. */
  #tokenFreeMs = 0
  #vainRounds = 0
  lastCommitMs = 0
  pollingMs = 0
  emptyMs = 0
  emptyPolls = 0

  constructor(host: CoreThread, workers: readonly ScaleWorker[], costs: TaskCosts) {
    this.#host = host
    this.#workers = workers
    this.#costs = costs
  }

  /** The worker whose clock is furthest behind takes its next step. */
  step(): void {
    const worker = this.#next()
    if (worker === undefined) {
      this.#wakeAll()
    } else if (!worker.isExecuting) {
      this.#poll(worker)
    } else if (worker.advance()) {
      this.#wakeOne(worker.clockMs)
    }
  }

  #next(): ScaleWorker | undefined {
    let first: ScaleWorker | undefined
    for (const worker of this.#workers) {
      if (this.#idle.has(worker)) continue
      if (first === undefined || worker.clockMs < first.clockMs) first = worker
    }
    return first
  }

  #poll(worker: ScaleWorker): void {
    const { clockMs } = worker
    const isTokenTaken = clockMs < this.#tokenFreeMs
    this.#host.words[(CONTROL_OFFSET + COMMIT_TOKEN) >> 2] = isTokenTaken ? 1 : 0
    const firstCommit = controlWord(this.#host, COMMIT_INDEX)
    const validationsBefore = worker.validations
    const startedMs = performance.now()
    const task = worker.poll()
    const elapsedMs = performance.now() - startedMs
    this.pollingMs += elapsedMs
    const commitIndex = controlWord(this.#host, COMMIT_INDEX)
    const validations = worker.validations - validationsBefore
    const { commitMs, validationMs, pollMs } = this.#costs
    worker.clockMs += pollMs
    for (let step = firstCommit; step < commitIndex; step++) worker.clockMs += commitMs[step]!
    if (commitIndex > firstCommit) {
      this.#tokenFreeMs = worker.clockMs
      this.lastCommitMs = worker.clockMs
    }
    worker.clockMs += validations * validationMs
    if (task !== NO_TASK) {
      this.#vainRounds = 0
      worker.begin(task)
      this.#wakeOne(clockMs)
    } else if (commitIndex === firstCommit && validations === 0) {
      this.emptyMs += elapsedMs
      this.emptyPolls++
      // Whoever gives the token back looks once more for what has finished meanwhile.
      if (isTokenTaken) worker.clockMs = this.#tokenFreeMs
      else this.#idle.set(worker, worker.clockMs)
    }
  }

  #wakeOne(nowMs: number): void {
    const [worker] = this.#idle.keys()
    if (worker !== undefined) this.#wake(worker, nowMs)
  }

  #wake(worker: ScaleWorker, nowMs: number): void {
    const idleSinceMs = this.#idle.get(worker)!
    const isAsleep = nowMs - idleSinceMs > LOOK_OUT_MS
    this.#idle.delete(worker)
    worker.clockMs = Math.max(nowMs, idleSinceMs) + (isAsleep ? WAKE_MS : NOTICE_MS)
  }

  #wakeAll(): void {
    this.#vainRounds++
    assert(this.#vainRounds < VAIN_ROUNDS_MAX, 'the simulated block makes progress')
    const nowMs = Math.max(...this.#idle.values())
    for (const worker of [...this.#idle.keys()]) this.#wake(worker, nowMs)
  }
}
