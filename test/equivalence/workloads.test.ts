/**
 * Generated blocks: whatever they hold and however many workers execute them, the result is that of
 * one execution after the other, down to the reason for which a transaction is refused. Every block
 * is also executed again by the reads and writes that its diffs declare. `WORKLOAD_SEED` is the
 * first seed, `WORKLOAD_REPEATS` how many blocks are made of each kind.
 */

import { type Hardfork, isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import { createEngine, type Engine } from '@shredcast/shared/engine/engine'
import { INVALID_REASONS } from '@shredcast/shared/engine/reference/execution-result'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_WORKLOADS, MIX } from '../kit/all-workloads.ts'
import { runAsItGrows, runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import { INVALID_WORKLOADS } from '../kit/invalid-workloads.ts'
import { MapState } from '../kit/map-state.ts'
import { type BlockInput, Oracle } from '../kit/oracle-block.ts'
import { outcomeOf, type StepOutcome, textOf } from '../kit/step-outcome.ts'
import { World, WORLD_CONFIG } from '../kit/test-world.ts'
import type { Workload } from '../kit/workload.ts'

const FIRST_SEED = Number(process.env.WORKLOAD_SEED ?? 1)
const REPEATS = Number(process.env.WORKLOAD_REPEATS ?? 4)
const TRANSACTIONS_MAX = 60

/** Forks whose rules about accounts, fees or storage differ; the newest is tried the most. */
const FORKS: readonly Hardfork[] = [
  'frontier',
  'homestead',
  'spuriousDragon',
  'constantinople',
  'london',
  'shanghai',
  'cancun',
  'osaka',
]

const ENGINES: readonly { workers: number; build: CoreBuild }[] = [
  { workers: 1, build: 'release' },
  { workers: 2, build: 'release' },
  { workers: 4, build: 'release' },
  { workers: 8, build: 'release' },
  { workers: 2, build: 'debug' },
  { workers: 8, build: 'debug' },
]

describe('generated blocks, in parallel', () => {
  const engines: Engine[] = []

  beforeAll(async () => {
    for (const { workers, build } of ENGINES) {
      engines.push(await createEngine({ config: WORLD_CONFIG, workers, build }))
    }
  })
  afterAll(async () => {
    for (const engine of engines) await engine.close()
  })

  for (const fork of FORKS) {
    for (const workload of [...ALL_WORKLOADS, MIX]) {
      if (!isAtLeast(fork, workload.since ?? 'frontier')) continue
      it(`${fork}: ${workload.name}`, async () => {
        for (let seed = FIRST_SEED; seed < FIRST_SEED + REPEATS; seed++) {
          // On old forks the engines take turns.
          const chosen = engines.filter((_, index) => fork === 'osaka' || index % 4 === seed % 4)
          await checkBlock(chosen, workload, fork, seed)
        }
      })
    }
  }
})

it('the generated blocks hold every kind of invalid transaction', async () => {
  const reasons = new Set<string>()
  for (const [index, fork] of FORKS.entries()) {
    const world = new World(fork, createRandom(index))
    for (const { fill } of INVALID_WORKLOADS) fill(world, 80)
    const outcomes = await new Oracle(WORLD_CONFIG, new MapState(world.alloc())).run(
      world.takeBlock(),
    )
    for (const outcome of outcomes) if (outcome.type === 'rejected') reasons.add(outcome.reason)
  }
  expect([...reasons].sort()).toEqual([...INVALID_REASONS].sort())
})

async function checkBlock(
  engines: readonly Engine[],
  workload: Workload,
  fork: Hardfork,
  seed: number,
): Promise<void> {
  const world = new World(fork, createRandom(seed))
  workload.fill(world, 20 + world.random.below(TRANSACTIONS_MAX - 20))
  const block = world.takeBlock()
  const outcomes = await new Oracle(WORLD_CONFIG, new MapState(world.alloc())).run(block)
  for (const [index, engine] of engines.entries()) {
    const name = `WORKLOAD_SEED=${seed}, ${engine.workers} workers`
    await engine.loadState(world.alloc())
    await checkEngine(engine, block, outcomes, { name, seed: seed + index })
  }
}

async function checkEngine(
  engine: Engine,
  block: BlockInput,
  expected: readonly StepOutcome[],
  { name, seed }: { name: string; seed: number },
): Promise<void> {
  const steps =
    seed % 2 === 0
      ? await runSpeculatively(engine, block)
      : await runAsItGrows(engine, block, createRandom(seed))
  expect(steps.map((step) => textOf(outcomeOf(step))), name).toEqual(expected.map(textOf))

  const valid = steps.filter((step) => step.type !== 'rejected')
  const declared = await runDeclared(
    engine,
    {
      context: block.context,
      transactions: valid.flatMap((step) => (step.type === 'transaction' ? step.transaction : [])),
    },
    valid.map((step) => step.diff),
  )
  const isolated = valid.map((step, txIndex) => textOf({ ...step, txIndex }))
  expect(declared.map(textOf), `${name}, declared`).toEqual(isolated)
  expect(engine.stats.aborts).toBe(0)
}
