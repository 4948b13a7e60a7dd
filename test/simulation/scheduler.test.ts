/**
 * Seeded schedules: virtual workers step through the scheduler's own code in random order, one call
 * at a time, on random toy blocks. Whatever the order, the result is that of the sequential oracle.
 * Every second block goes to the state trie as it commits, in tasks of the same workers; now and then
 * it is dropped, its nodes are read from a store, or the root is asked for in between.
 * `SIMULATION_SEED` repeats one schedule, `SIMULATION_RUNS` sets how many are tried.
 */

import { readBlockStats } from '@shredcast/shared/engine/block-stats'
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
  storeWord,
  txRecordPtr,
  value,
} from '@shredcast/shared/engine/core-thread'
import { createSparseTrie, SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import {
  COMMIT_INDEX,
  EVENT_LOOP_DELAY_MS,
  EXECUTION_INDEX,
  GAS_USED,
  HALT,
  HALT_NONE,
  SCHEDULE_BLOCK_STM,
  SHRED_COUNT,
} from '@shredcast/shared/layout/control'
import { CONTROL_OFFSET, HOST_WORKER, TRIE_OFFSET } from '@shredcast/shared/layout/memory-map'
import {
  EXECUTION_GAS_USED,
  EXECUTION_OUTCOME,
  KIND_BALANCE,
  OUTCOME_SUCCESS,
  TX_EXECUTION,
  TX_PREDECESSOR,
  TX_RECIPIENT,
} from '@shredcast/shared/layout/records'
import { TRIE_FED_INDEX } from '@shredcast/shared/layout/trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ToyTransaction } from '../kit/toy-block.ts'
import { FIRST_VALUE, randomToyBlock, runSequentially } from '../kit/toy-block.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'
import { toyAddress, VirtualWorker } from '../kit/virtual-worker.ts'

const RUNS = Number(process.env.SIMULATION_RUNS ?? 10_000)
const FIRST_SEED = Number(process.env.SIMULATION_SEED ?? 1)
const WORKER_COUNT_MAX = 4
const GAS_LIMIT = (1n << 64n) - 1n
/** A schedule this long has stopped making progress. */
const STEPS_MAX = 200_000
const EMPTY_ACCOUNT = { nonce: 0n, code: new Uint8Array(0), storage: [] }

let host: CoreThread
let threads: CoreThread[]
let trie: SparseTrie
/** A trie that is told the values of the oracle. */
let oracleTrie: SparseTrie

beforeAll(async () => {
  const module = await compileCore('debug')
  const memory = createMemory()
  host = createCoreThread(module, memory, HOST_WORKER)
  threads = Array.from({ length: WORKER_COUNT_MAX }, (_, index) =>
    createCoreThread(module, memory, index),
  )
  trie = new SparseTrie(host)
  oracleTrie = await createSparseTrie('release')
})

function openBlock(placeCount: number, isFed: boolean): void {
  expect(host.core.lockGate()).toBe(1)
  host.core.resetBlock(SCHEDULE_BLOCK_STM, GAS_LIMIT, 0n)
  for (let place = 0; place < placeCount; place++) {
    setAddress(host, toyAddress(place))
    setValue(host, FIRST_VALUE)
    host.core.setBase(KIND_BALANCE)
  }
  if (isFed) host.core.beginFedBlock()
  host.core.unlockGate()
}

/** With expectations of conflicts that are as often wrong as right. */
function append(random: Random, txIndex: number): void {
  host.core.appendTx(txIndex, 0, 0, 0)
  storeWord(host, txRecordPtr(txIndex) + TX_RECIPIENT, random.below(3))
  if (!random.chance(0.2)) return
  storeWord(host, txRecordPtr(txIndex) + TX_PREDECESSOR, random.below(txIndex + 1))
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
      for (; appended < count; appended++) append(random, appended)
      host.core.publishTxs(count)
      host.core.allowExecution(count)
    }
    random.pick(workers).step()
  }
  // Validators that came too late must do no harm.
  for (let i = 0; i < 50; i++) random.pick(workers).step()
}

/** The same, and the trie goes along. */
function runFed(random: Random, block: readonly ToyTransaction[], placeCount: number): void {
  resetTries(placeCount, random.chance(0.5))
  openBlock(placeCount, true)
  if (random.chance(0.2)) {
    runSchedule(random, block.slice(0, 1 + random.below(block.length)), placeCount)
    openBlock(placeCount, true)
    expect(bytesToHex(trie.root()), 'dropped').toBe(bytesToHex(oracleTrie.root()))
  }
  if (random.chance(0.2)) {
    const count = 1 + random.below(block.length)
    runSchedule(random, block.slice(0, count), placeCount)
    expectRoot(trie.root(), block.slice(0, count), placeCount)
    openBlock(placeCount, true)
  }
  runSchedule(random, block, placeCount)
  expectRoot(rootByWorkers(random), block, placeCount)
}

function resetTries(placeCount: number, isBlinded: boolean): void {
  const alloc = Array.from({ length: placeCount }, (_, place) => {
    return { ...EMPTY_ACCOUNT, address: toyAddress(place), balance: FIRST_VALUE }
  })
  const store = new TrieNodeMap()
  trie.readFrom(store)
  trie.reset(alloc)
  trie.writeOut(store)
  if (isBlinded) trie.open(trie.root())
  oracleTrie.reset(alloc)
}

/** The computation that the host begins is done by the workers, in random order. */
function rootByWorkers(random: Random): Uint8Array {
  do {
    host.core.beginRoot()
    for (let steps = 0; host.core.isRootDone() === 0; steps++) {
      if (steps > STEPS_MAX) throw new Error('the root makes no progress')
      expect(random.pick(threads).core.pollTask()).toBe(-1)
    }
  } while (trie.supplyMissing())
  return trie.takeRoot()
}

function expectRoot(root: Uint8Array, block: readonly ToyTransaction[], placeCount: number): void {
  const { values } = runSequentially(block, placeCount)
  oracleTrie.apply(
    values.map((balance, place) => ({
      address: toyAddress(place),
      // An account that was never recorded is gone when nothing is left on it (EIP-161).
      ...(balance === 0n ? { code: null } : { balance }),
      slots: [],
    })),
  )
  expect(bytesToHex(root)).toBe(bytesToHex(oracleTrie.root()))
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

/** What twenty schedules of the block come to, when all its transactions have one recipient. */
function runChains(block: readonly ToyTransaction[], recipient: number) {
  const total = { aborts: 0, waits: 0 }
  for (let seed = 1; seed <= 20; seed++) {
    openBlock(1, false)
    for (let txIndex = 0; txIndex < block.length; txIndex++) {
      host.core.appendTx(txIndex, 0, 0, 0)
      storeWord(host, txRecordPtr(txIndex) + TX_RECIPIENT, recipient)
    }
    host.core.publishTxs(block.length)
    host.core.allowExecution(block.length)
    const random = createRandom(seed)
    const workers = threads.map((thread) => new VirtualWorker(thread, block, 1))
    for (let steps = 0; controlWord(host, COMMIT_INDEX) < block.length; steps++) {
      if (steps > STEPS_MAX) throw new Error('the schedule makes no progress')
      random.pick(workers).step()
    }
    const { aborts, waits } = readBlockStats(host)
    total.aborts += aborts
    total.waits += waits
    checkAgainstOracle(block, 1)
  }
  return total
}

describe('the scheduler under seeded schedules', () => {
  it('does no work on the root ahead while the main thread is late', () => {
    const setDelay = (delayMs: number) => {
      storeWord(host, CONTROL_OFFSET + EVENT_LOOP_DELAY_MS, delayMs)
    }
    const block = randomToyBlock(createRandom(1), 8, 3)
    resetTries(3, false)
    openBlock(3, true)
    setDelay(1000)
    runSchedule(createRandom(1), block, 3)
    expect(host.core.hasFed(block.length)).toBe(0)
    setDelay(0)
    for (let i = 0; i < 100; i++) threads[0]!.core.pollTask()
    expect(loadWord(host, TRIE_OFFSET + TRIE_FED_INDEX)).toBe(block.length)
    expectRoot(rootByWorkers(createRandom(1)), block, 3)
    expect(host.core.hasFed(block.length)).toBe(1)
  })

  it('learns that calls of one recipient need each other, and lets them wait', () => {
    const block = Array.from({ length: 40 }, (): ToyTransaction => {
      return [
        { kind: 'read', place: 0 },
        { kind: 'write', place: 0 },
      ]
    })
    const unknown = runChains(block, 0)
    const known = runChains(block, 1)
    expect(unknown.waits).toBe(0)
    expect(known.waits).toBeGreaterThan(block.length)
    expect(known.aborts * 2).toBeLessThan(unknown.aborts)
  })

  it('stays with a chain when a worker loses its core in the middle of it', () => {
    const block = Array.from({ length: 3000 }, (): ToyTransaction => {
      return [
        { kind: 'read', place: 0 },
        { kind: 'write', place: 0 },
      ]
    })
    openBlock(1, false)
    for (let txIndex = 0; txIndex < block.length; txIndex++) {
      host.core.appendTx(txIndex, 0, 0, 0)
      storeWord(host, txRecordPtr(txIndex) + TX_RECIPIENT, 1)
    }
    host.core.publishTxs(block.length)
    host.core.allowExecution(block.length)
    const [stalled, other] = threads.map((thread) => new VirtualWorker(thread, block, 1))
    while (loadWord(host, CONTROL_OFFSET + EXECUTION_INDEX) === 0) stalled!.step()
    for (let steps = 0; steps < 100_000; steps++) other!.step()
    const begun = loadWord(host, CONTROL_OFFSET + EXECUTION_INDEX)
    expect(begun).toBeGreaterThan(1)
    expect(begun).toBeLessThanOrEqual(1024)
    const random = createRandom(1)
    for (let steps = 0; controlWord(host, COMMIT_INDEX) < block.length; steps++) {
      if (steps > STEPS_MAX) throw new Error('the schedule makes no progress')
      random.pick([stalled!, other!]).step()
    }
    const { aborts, waits } = readBlockStats(host)
    expect(aborts).toBeLessThan(2 * begun)
    expect(waits).toBeGreaterThan(block.length - begun - 256)
    checkAgainstOracle(block, 1)
  })

  it(`gives the sequential result in ${RUNS} schedules`, { timeout: 300_000 }, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const random = createRandom(seed)
      const placeCount = 1 + random.below(6)
      const block = randomToyBlock(random, 2 + random.below(14), placeCount)
      try {
        if (seed % 2 === 0) {
          openBlock(placeCount, false)
          runSchedule(random, block, placeCount)
        } else {
          runFed(random, block, placeCount)
        }
        checkAgainstOracle(block, placeCount)
      } catch (error) {
        throw new Error(`schedule with SIMULATION_SEED=${seed} SIMULATION_RUNS=1 failed`, {
          cause: error,
        })
      }
    }
  })
})
