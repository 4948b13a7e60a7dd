/**
 * A core whose workers are stepped by a test, one call at a time and in any order, on toy blocks. A
 * worker that finds nothing to do sleeps until it is signalled, as a real one does.
 * Its clock is the test's, so that what the scheduler measures, and decides by it, is repeatable.
 */

import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import {
  controlWord,
  createCoreThread,
  loadWord,
  setAddress,
  setValue,
  storeWord,
  txRecordPtr,
} from '@shredcast/shared/engine/core-thread'
import {
  COMMIT_INDEX,
  FIRST_WORK_SLOT,
  SCHEDULE_BLOCK_STM,
  WORK_SLOT,
} from '@shredcast/shared/layout/control'
import { CONTROL_OFFSET, HOST_WORKER } from '@shredcast/shared/layout/memory-map'
import { KIND_BALANCE, TX_PREDECESSOR, TX_RECIPIENT } from '@shredcast/shared/layout/records'
import { assert } from '@shredcast/shared/primitives/assert'
import type { Random } from '@shredcast/shared/primitives/random'
import type { ToyTransaction } from './toy-block.ts'
import { FIRST_VALUE } from './toy-block.ts'
import { toyAddress, VirtualWorker } from './virtual-worker.ts'

export const SIMULATED_WORKERS = 4
/** A schedule this long has stopped making progress. */
export const STEPS_MAX = 200_000
/** Of a slot: its second word (assembly/memory/wait-slot.ts). */
const SLEEPERS = 4
const GAS_LIMIT = (1n << 64n) - 1n

/** What is known of a transaction besides what it does. */
export interface ToyHints {
  readonly recipient?: number
  readonly predecessor?: number
}

export interface ScheduleOptions {
  readonly workers?: number
  /** All at once instead of while the workers run. */
  readonly isWhole?: boolean
  readonly hint?: (txIndex: number) => ToyHints
  /** Called before each step of a worker. */
  readonly onStep?: () => void
}

/** A worker with the slot that it sleeps in. */
class Sleeper {
  readonly #thread: CoreThread
  readonly #worker: VirtualWorker
  readonly #slot: number
  #asleepSince: number | undefined

  constructor(thread: CoreThread, index: number, worker: VirtualWorker) {
    this.#thread = thread
    this.#worker = worker
    this.#slot = CONTROL_OFFSET + (index === 0 ? FIRST_WORK_SLOT : WORK_SLOT)
  }

  step(): void {
    this.wake()
    const sequence = loadWord(this.#thread, this.#slot)
    if (!this.#worker.step()) this.#sleep(sequence)
  }

  /** A signal for some of those who share a slot is heard by all of them. */
  isAwake(): boolean {
    if (loadWord(this.#thread, this.#slot) !== this.#asleepSince) this.wake()
    return this.#asleepSince === undefined
  }

  wake(): void {
    if (this.#asleepSince === undefined) return
    this.#asleepSince = undefined
    this.#addSleepers(-1)
  }

  #sleep(sequence: number): void {
    this.#asleepSince = sequence
    this.#addSleepers(1)
  }

  #addSleepers(added: number): void {
    const word = this.#slot + SLEEPERS
    storeWord(this.#thread, word, loadWord(this.#thread, word) + added)
  }
}

export class SimulatedCore {
  readonly host: CoreThread
  readonly threads: readonly CoreThread[]
  /** What each look at the clock adds to it. */
  tickUs = 1
  #timeUs = 0

  private constructor(module: WebAssembly.Module) {
    const memory = createMemory()
    const clockUs = () => {
      this.#timeUs += this.tickUs
      return this.#timeUs
    }
    this.host = createCoreThread(module, memory, HOST_WORKER, { clockUs })
    this.threads = Array.from({ length: SIMULATED_WORKERS }, (_, index) =>
      createCoreThread(module, memory, index, { clockUs }),
    )
  }

  static async create(): Promise<SimulatedCore> {
    return new SimulatedCore(await compileCore('debug'))
  }

  get commitIndex(): number {
    return controlWord(this.host, COMMIT_INDEX)
  }

  setControl(offset: number, value: number): void {
    storeWord(this.host, CONTROL_OFFSET + offset, value)
  }

  openBlock(placeCount: number, isFed: boolean): void {
    const { core } = this.host
    assert(core.lockGate() === 1, 'virtual workers are outside the gate')
    core.resetBlock(SCHEDULE_BLOCK_STM, GAS_LIMIT, 0n)
    for (let place = 0; place < placeCount; place++) {
      setAddress(this.host, toyAddress(place))
      setValue(this.host, FIRST_VALUE)
      core.setBase(KIND_BALANCE)
    }
    if (isFed) core.beginFedBlock()
    core.unlockGate()
  }

  /** Runs the block under one random schedule until all of it is committed. */
  run(
    random: Random,
    block: readonly ToyTransaction[],
    placeCount: number,
    options: ScheduleOptions = {},
  ): void {
    const { workers: count = SIMULATED_WORKERS, isWhole = false, hint, onStep } = options
    const workers = this.threads
      .slice(0, count)
      .map(
        (thread, index) => new Sleeper(thread, index, new VirtualWorker(thread, block, placeCount)),
      )
    let appended = isWhole ? this.append(0, block.length, hint) : 0
    for (let steps = 0; this.commitIndex < block.length; steps++) {
      if (steps > STEPS_MAX) throw new Error('the schedule makes no progress')
      if (appended < block.length && random.chance(0.1)) {
        const end = Math.min(block.length, appended + 1 + random.below(8))
        appended = this.append(appended, end, hint)
      }
      onStep?.()
      const awake = workers.filter((worker) => worker.isAwake())
      if (awake.length > 0) random.pick(awake).step()
      else if (appended === block.length) throw new Error('everybody sleeps')
    }
    // Validators that came too late must do no harm.
    for (let i = 0; i < 50; i++) random.pick(workers).step()
    for (const worker of workers) worker.wake()
  }

  append(start: number, end: number, hint?: (txIndex: number) => ToyHints): number {
    const { core } = this.host
    for (let txIndex = start; txIndex < end; txIndex++) {
      core.appendTx(txIndex, 0, 0, 0)
      const { recipient = 0, predecessor } = hint?.(txIndex) ?? {}
      storeWord(this.host, txRecordPtr(txIndex) + TX_RECIPIENT, recipient)
      if (predecessor === undefined) continue
      storeWord(this.host, txRecordPtr(txIndex) + TX_PREDECESSOR, predecessor + 1)
    }
    core.publishTxs(end)
    core.allowExecution(end)
    return end
  }
}
