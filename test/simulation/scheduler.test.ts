/**
 * Seeded schedules: virtual workers step through the scheduler's own code in random order, one call
 * at a time, on random toy blocks. Whatever the order, the result is that of the sequential oracle.
 * `SIMULATION_SEED` repeats one schedule, `SIMULATION_RUNS` sets how many are tried.
 */

import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import {
  controlLong,
  controlWord,
  createCoreThread,
  loadLong,
  loadWord,
  setAddress,
  setValue,
  txRecordPtr,
  value,
} from '@shredcast/shared/engine/core-thread'
import {
  COMMIT_INDEX,
  GAS_USED,
  HALT,
  HALT_NONE,
  SCHEDULE_BLOCK_STM,
  SHRED_COUNT,
} from '@shredcast/shared/layout/control'
import { HOST_WORKER } from '@shredcast/shared/layout/memory-map'
import {
  EXECUTION_GAS_USED,
  EXECUTION_OUTCOME,
  KIND_BALANCE,
  OUTCOME_SUCCESS,
  TX_EXECUTION,
} from '@shredcast/shared/layout/records'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ToyTransaction } from '../kit/toy-block.ts'
import { FIRST_VALUE, randomToyBlock, runSequentially } from '../kit/toy-block.ts'
import { toyAddress, VirtualWorker } from '../kit/virtual-worker.ts'

const RUNS = Number(process.env.SIMULATION_RUNS ?? 10_000)
const FIRST_SEED = Number(process.env.SIMULATION_SEED ?? 1)
const WORKER_COUNT_MAX = 4
const GAS_LIMIT = (1n << 64n) - 1n
/** A schedule this long has stopped making progress. */
const STEPS_MAX = 200_000

let host: CoreThread
let threads: CoreThread[]

beforeAll(async () => {
  const module = await compileCore('debug')
  const memory = createMemory()
  host = createCoreThread(module, memory, HOST_WORKER)
  threads = Array.from({ length: WORKER_COUNT_MAX }, (_, index) =>
    createCoreThread(module, memory, index),
  )
})

function openBlock(placeCount: number): void {
  expect(host.core.lockGate()).toBe(1)
  host.core.resetBlock(SCHEDULE_BLOCK_STM, GAS_LIMIT, 0n)
  for (let place = 0; place < placeCount; place++) {
    setAddress(host, toyAddress(place))
    setValue(host, FIRST_VALUE)
    host.core.setBase(KIND_BALANCE)
  }
  host.core.unlockGate()
}

/** Runs the block under one random schedule, appending its transactions while the workers run. */
function runSchedule(random: Random, block: readonly ToyTransaction[], placeCount: number): void {
  const workers = threads
    .slice(0, 1 + random.below(WORKER_COUNT_MAX))
    .map((thread) => new VirtualWorker(thread, block, placeCount))
  let appended = 0
  for (let steps = 0; controlWord(host, COMMIT_INDEX) < block.length; steps++) {
    if (steps > STEPS_MAX) throw new Error('the schedule makes no progress')
    if (appended < block.length && random.chance(0.1)) {
      const count = Math.min(block.length, appended + 1 + random.below(8))
      for (; appended < count; appended++) host.core.appendTx(appended, 0, 0, 0)
      host.core.publishTxs(count)
      host.core.allowExecution(count)
    }
    random.pick(workers).step()
  }
  // Validators that came too late must do no harm.
  for (let i = 0; i < 50; i++) random.pick(workers).step()
}

function checkAgainstOracle(block: readonly ToyTransaction[], placeCount: number): void {
  const oracle = runSequentially(block, placeCount)
  expect(controlWord(host, HALT)).toBe(HALT_NONE)
  const outcomes = block.map((_, txIndex) => {
    const execution = loadWord(host, txRecordPtr(txIndex) + TX_EXECUTION)
    const isValid = loadWord(host, execution + EXECUTION_OUTCOME) === OUTCOME_SUCCESS
    return { isValid, digest: loadLong(host, execution + EXECUTION_GAS_USED) }
  })
  expect(outcomes).toEqual(oracle.outcomes)
  host.core.applyBlock()
  const values = oracle.values.map((_, place) => {
    setAddress(host, toyAddress(place))
    host.core.getBase(KIND_BALANCE)
    return value(host)
  })
  expect(values).toEqual(oracle.values)
  const valid = oracle.outcomes.filter((outcome) => outcome.isValid)
  expect(controlWord(host, SHRED_COUNT)).toBe(valid.length)
  const digests = valid.reduce((sum, outcome) => sum + outcome.digest, 0n)
  expect(controlLong(host, GAS_USED)).toBe(BigInt.asUintN(64, digests))
}

describe('the scheduler under seeded schedules', () => {
  it(`gives the sequential result in ${RUNS} schedules`, { timeout: 300_000 }, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const random = createRandom(seed)
      const placeCount = 1 + random.below(6)
      const block = randomToyBlock(random, 2 + random.below(14), placeCount)
      try {
        openBlock(placeCount)
        runSchedule(random, block, placeCount)
        checkAgainstOracle(block, placeCount)
      } catch (error) {
        throw new Error(`schedule with SIMULATION_SEED=${seed} SIMULATION_RUNS=1 failed`, {
          cause: error,
        })
      }
    }
  })
})
