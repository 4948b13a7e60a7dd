/** One virtual worker: replays executions on its own instance of the core, read by read. */

import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import {
  controlWord,
  loadWord,
  setAddress,
  setBound,
  setKey,
  setValue,
  txRecordPtr,
  value,
} from '@shredcast/shared/engine/core-thread'
import {
  BLOCK_EPOCH,
  COUNTER_VALIDATIONS,
  SCRATCH_BLOCKING_TX,
  SCRATCH_COUNTERS,
  TASK_EXECUTE,
  TASK_INDEX_MASK,
  TASK_SHIFT,
} from '@shredcast/shared/layout/control'
import {
  FLAG_EAGER,
  KIND_STORAGE_EPOCH,
  OUTCOME_SUCCESS,
  TX_FLAGS,
} from '@shredcast/shared/layout/records'
import { assert } from '@shredcast/shared/primitives/assert'
import type { Trace, TracedLocation, TracedRead, TracedStep, TracedWrite } from './scale-trace.ts'

export const NO_TASK = -1

/** An execution reads at so many points of its time; all reads of a point at once. */
const READ_POINTS = 4

/** Puts the location into the thread's scratch. */
export function locateIn(thread: CoreThread, { address, key }: TracedLocation): void {
  setAddress(thread, address)
  if (key !== undefined) setKey(thread, key)
}

export class ScaleWorker {
  readonly #thread: CoreThread
  readonly #trace: Trace
  readonly #executionMs: Float64Array
  /** Of each step's last execution: zero when all it read was right. Shared by all workers. */
  readonly #mismatches: bigint[]
  #txIndex = -1
  #isEager = false
  #startMs = 0
  #pointsDone = 0
  #mismatch = 0n
  clockMs = 0

  constructor(
    thread: CoreThread,
    replay: { trace: Trace; executionMs: Float64Array; mismatches: bigint[] },
  ) {
    this.#thread = thread
    this.#trace = replay.trace
    this.#executionMs = replay.executionMs
    this.#mismatches = replay.mismatches
  }

  get isExecuting(): boolean {
    return this.#txIndex >= 0
  }

  /** Validations made in this block so far. */
  get validations(): number {
    return loadWord(this.#thread, this.#thread.scratch + SCRATCH_COUNTERS + COUNTER_VALIDATIONS)
  }

  /** Commits and validates what there is, and returns a step to execute, or NO_TASK. */
  poll(): number {
    const task = this.#thread.core.pollTask()
    if (task === NO_TASK) return NO_TASK
    assert(task >> TASK_SHIFT === TASK_EXECUTE, 'all senders are settled')
    return task & TASK_INDEX_MASK
  }

  begin(txIndex: number): void {
    this.#txIndex = txIndex
    this.#startMs = this.clockMs
    this.#pointsDone = 0
    this.#mismatch = 0n
    this.#isEager = (loadWord(this.#thread, txRecordPtr(txIndex) + TX_FLAGS) & FLAG_EAGER) !== 0
    this.#thread.core.beginExecution(txIndex)
    this.#waitForPoint()
  }

  /** Takes the execution to its next point; true when it is over, or waits for another. */
  advance(): boolean {
    const step = this.#step
    const points = pointsOf(step)
    if (this.#pointsDone === points) {
      this.#finish(step)
      this.#txIndex = -1
      return true
    }
    const { reads } = step
    const from = Math.floor((reads.length * this.#pointsDone) / points)
    const to = Math.floor((reads.length * (this.#pointsDone + 1)) / points)
    const isDone = this.#pointsDone === 0 ? this.#readAssumed(step) : true
    if (!(isDone && reads.slice(from, to).every((read) => this.#read(read)))) {
      return this.#isSuspended()
    }
    this.#pointsDone++
    this.#waitForPoint()
    return false
  }

  get #step(): TracedStep {
    return this.#trace.steps[this.#txIndex]!
  }

  #waitForPoint(): void {
    const share = (this.#pointsDone + 1) / (pointsOf(this.#step) + 1)
    this.clockMs = this.#startMs + this.#executionMs[this.#txIndex]! * share
  }

  /** An eager execution reads what another only assumes. */
  #readAssumed({ expected, writes }: TracedStep): boolean {
    if (!this.#isEager) {
      if (expected !== undefined) this.#expect(expected)
      return true
    }
    const balances = writes.filter(({ delta }) => delta !== undefined)
    return (
      (expected === undefined || this.#read(expected)) &&
      balances.every(({ location, value, delta }) => {
        return this.#read({ location, value: value - delta! })
      })
    )
  }

  #expect({ location, value }: TracedRead): void {
    locateIn(this.#thread, location)
    setValue(this.#thread, value)
    this.#thread.core.expect(location.kind)
  }

  /** False when a lower step is about to write there. */
  #read({ location, value: right }: TracedRead): boolean {
    const thread = this.#thread
    locateIn(thread, location)
    if (thread.core.read(location.kind) === 0) return false
    // The epoch holds the block's number, which the replay's differs from.
    if (location.kind !== KIND_STORAGE_EPOCH) this.#mismatch += value(thread) - right
    return true
  }

  /** False when what it waited for is there, so that it starts again at once. */
  #isSuspended(): boolean {
    const { core, scratch } = this.#thread
    const txIndex = this.#txIndex
    if (core.blockOn(loadWord(this.#thread, scratch + SCRATCH_BLOCKING_TX)) !== 0) {
      this.#txIndex = -1
      return true
    }
    this.begin(txIndex)
    return false
  }

  #finish({ writes }: TracedStep): void {
    for (const write of writes) this.#write(write)
    this.#mismatches[this.#txIndex] = this.#mismatch
    this.#thread.core.finish(OUTCOME_SUCCESS, 0, 0, 0n, 0, 0, this.#isEager ? 1 : 0)
  }

  #write({ location, value: right, delta }: TracedWrite): void {
    const thread = this.#thread
    locateIn(thread, location)
    if (delta !== undefined && !this.#isEager) {
      setValue(thread, delta)
      setBound(thread, delta < 0n ? -delta : 0n)
      thread.core.writeDelta(location.kind)
      return
    }
    const epoch = (BigInt(controlWord(thread, BLOCK_EPOCH)) << 32n) | BigInt(this.#txIndex + 1)
    const written = location.kind === KIND_STORAGE_EPOCH ? epoch : right + this.#mismatch
    setValue(thread, BigInt.asUintN(256, written))
    thread.core.writeAbsolute(location.kind)
  }
}

function pointsOf({ reads }: TracedStep): number {
  return Math.min(READ_POINTS, Math.max(1, reads.length))
}
