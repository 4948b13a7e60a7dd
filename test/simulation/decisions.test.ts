/**
 * What the scheduler decides, and by what: virtual workers under seeded schedules, with a clock, a
 * main thread and a memory that the test sets. Each decision is compared with the same schedule in
 * which it is fixed.
 */

import type { BlockStats } from '@shredcast/shared/engine/block-stats'
import { readBlockStats } from '@shredcast/shared/engine/block-stats'
import { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import {
  APPLY_COST,
  CORE_COUNT,
  EVENT_LOOP_DELAY_MS,
  FEED_COST,
  FIXED_ORDER,
  HASH_COST,
  ITEMS_PER_STEP,
  ORDER_ADAPTIVE,
  ORDER_STEPS_FIRST,
  PROCESS_MIB,
  PROCESS_MIB_MAX,
  WORKER_COUNT,
  WORKERS_ARE_FIXED,
} from '@shredcast/shared/layout/control'
import { createRandom } from '@shredcast/shared/primitives/random'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SIMULATED_WORKERS, SimulatedCore } from '../kit/simulated-core.ts'
import type { ToyTransaction } from '../kit/toy-block.ts'

const SEEDS = 20
const PLACES = 5
/** The scheduler looks at its decisions every 64 commits. */
const LENGTH = 200

let simulated: SimulatedCore
let trie: SparseTrie

beforeAll(async () => {
  simulated = await SimulatedCore.create()
  trie = new SparseTrie(simulated.host)
})

beforeEach(() => {
  simulated.tickUs = 1
  simulated.setControl(WORKER_COUNT, SIMULATED_WORKERS)
  simulated.setControl(CORE_COUNT, SIMULATED_WORKERS)
  simulated.setControl(PROCESS_MIB_MAX, 1000)
  for (const word of [...INPUTS, ...MEASURED]) simulated.setControl(word, 0)
})

const INPUTS = [EVENT_LOOP_DELAY_MS, PROCESS_MIB, FIXED_ORDER, WORKERS_ARE_FIXED]
const MEASURED = [FEED_COST, APPLY_COST, HASH_COST, ITEMS_PER_STEP]

/** Each needs what the one before it wrote. */
const CHAIN = Array.from({ length: LENGTH }, (): ToyTransaction => {
  return [
    { kind: 'read', place: 0 },
    { kind: 'write', place: 0 },
  ]
})
const INDEPENDENT = Array.from({ length: LENGTH }, (_, index): ToyTransaction => {
  return [{ kind: 'delta', place: index % PLACES, amount: 1n }]
})

interface Run {
  readonly isFed?: boolean
  readonly isWhole?: boolean
  readonly onStep?: () => void
}

/** The stats of the block under as many schedules as there are seeds. */
function statsOf(block: readonly ToyTransaction[], run: Run = {}): BlockStats[] {
  const { isFed = false, ...options } = run
  return Array.from({ length: SEEDS }, (_, seed) => {
    if (isFed) trie.reset([])
    simulated.openBlock(PLACES, isFed)
    simulated.run(createRandom(seed + 1), block, PLACES, options)
    return readBlockStats(simulated.host)
  })
}

const sum = (stats: readonly BlockStats[], pick: (stats: BlockStats) => number) => {
  return stats.reduce((total, each) => total + pick(each), 0)
}

describe('which task comes first', () => {
  it('is the root while the wait for it would be too long', () => {
    // Each task takes 100 ms by this clock.
    simulated.tickUs = 100_000
    const adaptive = statsOf(INDEPENDENT, { isFed: true })
    expect(sum(adaptive, ({ orderChanges }) => orderChanges)).toBeGreaterThan(0)
    expect(sum(adaptive, ({ rootFirstTasks }) => rootFirstTasks)).toBeGreaterThan(0)
    simulated.setControl(FIXED_ORDER, ORDER_STEPS_FIRST)
    const fixed = statsOf(INDEPENDENT, { isFed: true })
    expect(sum(fixed, ({ orderChanges, rootFirstTasks }) => orderChanges + rootFirstTasks)).toBe(0)
  })

  it('is a step while the wait for the root would be short', () => {
    const stats = statsOf(INDEPENDENT, { isFed: true })
    expect(sum(stats, ({ feedTasks }) => feedTasks)).toBeGreaterThan(0)
    expect(sum(stats, ({ orderChanges }) => orderChanges)).toBe(0)
  })

  it('is a step while enough senders are recovered ahead', () => {
    const adaptive = statsOf(INDEPENDENT, { isWhole: true })
    expect(sum(adaptive, ({ recoveriesPutOff }) => recoveriesPutOff)).toBeGreaterThan(0)
    for (const { recoveries } of adaptive) expect(recoveries).toBe(LENGTH)
    simulated.setControl(FIXED_ORDER, ORDER_STEPS_FIRST)
    expect(sum(statsOf(INDEPENDENT, { isWhole: true }), (each) => each.recoveriesPutOff)).toBe(0)
    simulated.setControl(FIXED_ORDER, ORDER_ADAPTIVE)
  })
})

describe('how many workers take steps', () => {
  it('is one where each step needs the one before it, and all again where none does', () => {
    const adaptive = statsOf(CHAIN)
    expect(sum(adaptive, ({ stepsLeft }) => stepsLeft)).toBeGreaterThan(0)
    simulated.setControl(WORKERS_ARE_FIXED, 1)
    const fixed = statsOf(CHAIN)
    expect(sum(fixed, ({ stepsLeft }) => stepsLeft)).toBe(0)
    simulated.setControl(WORKERS_ARE_FIXED, 0)
    expect(sum(statsOf(INDEPENDENT), ({ stepsLeft }) => stepsLeft)).toBe(0)
  })

  it('leaves a core to a main thread that is late', () => {
    simulated.setControl(EVENT_LOOP_DELAY_MS, 1000)
    for (const { awakeWorkers, limitedByHost, stepsLeft } of statsOf(INDEPENDENT)) {
      expect({ awakeWorkers, limitedByHost }).toEqual({ awakeWorkers: 3, limitedByHost: 1 })
      expect(stepsLeft).toBeGreaterThan(0)
    }
    // With more cores than workers it has one.
    simulated.setControl(CORE_COUNT, SIMULATED_WORKERS + 1)
    for (const { awakeWorkers } of statsOf(INDEPENDENT)) expect(awakeWorkers).toBe(0)
  })

  it('is one while memory is short, and all when it is not any more', () => {
    simulated.setControl(PROCESS_MIB, 1001)
    for (const { awakeWorkers, limitedByMemory } of statsOf(INDEPENDENT)) {
      expect({ awakeWorkers, limitedByMemory }).toEqual({ awakeWorkers: 1, limitedByMemory: 1 })
    }
    const relieved = statsOf(INDEPENDENT, {
      onStep() {
        simulated.setControl(PROCESS_MIB, simulated.commitIndex < 100 ? 1001 : 10)
      },
    })
    for (const { awakeWorkers, limitedByMemory } of relieved) {
      expect({ awakeWorkers, limitedByMemory }).toEqual({ awakeWorkers: 0, limitedByMemory: 1 })
    }
  })
})
