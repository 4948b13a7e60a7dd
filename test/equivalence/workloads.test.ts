/**
 * Generated blocks: whatever they hold and however many workers execute them, the result is that of
 * one execution after the other, down to the reason for which a transaction is refused. Every
 * second block is executed again by the reads and writes that its diffs declare. `WORKLOAD_SEED` is
 * the first seed, `WORKLOAD_REPEATS` how many blocks of each kind are made for each fork (three
 * times as many for the newest).
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { INVALID_REASONS } from '@shredcast/shared/engine/reference/execution-result'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_WORKLOADS, MIX } from '../kit/all-workloads.ts'
import { runAsItGrows, runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import { INVALID_WORKLOADS } from '../kit/invalid-workloads.ts'
import { MapState } from '../kit/map-state.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { Oracle } from '../kit/oracle-block.ts'
import type { StepOutcome } from '../kit/step-outcome.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import { WORLD_CONFIG, World } from '../kit/test-world.ts'
import type { Workload } from '../kit/workload.ts'

const FIRST_SEED = Number(process.env.WORKLOAD_SEED ?? 1)
const REPEATS = Number(process.env.WORKLOAD_REPEATS ?? 3)
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
        const blocks = REPEATS * (fork === 'osaka' ? 3 : 1)
        for (let seed = FIRST_SEED; seed < FIRST_SEED + blocks; seed++) {
          await checkBlock(enginesFor(fork, seed), workload, fork, seed)
        }
      })
    }
  }

  /** The engines take turns: two of them on the newest fork, one on an old one. */
  function enginesFor(fork: Hardfork, seed: number): readonly Engine[] {
    const period = fork === 'osaka' ? ENGINES.length / 2 : ENGINES.length
    return engines.filter((_, index) => index % period === seed % period)
  }
})

it('the generated blocks hold every kind of invalid transaction', async () => {
  const reasons = new Set<string>()
  for (const fork of FORKS) {
    for (const { fill } of INVALID_WORKLOADS) {
      const world = new World(fork, createRandom(FIRST_SEED))
      fill(world, 40)
      const oracle = new Oracle(WORLD_CONFIG, new MapState(world.alloc()))
      for (const outcome of await oracle.run(world.takeBlock())) {
        if (outcome.type === 'rejected') reasons.add(outcome.reason)
      }
    }
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
  const isWhole = seed % 2 === 0
  const steps = isWhole
    ? await runSpeculatively(engine, block)
    : await runAsItGrows(engine, block, createRandom(seed))
  expect(
    steps.map((step) => textOf(outcomeOf(step))),
    name,
  ).toEqual(expected.map(textOf))
  if (isWhole) await checkDeclared(engine, block, steps, name)
}

/** Executes the block's valid transactions again, by what their diffs declare. */
async function checkDeclared(
  engine: Engine,
  { context }: BlockInput,
  steps: readonly CommittedStep[],
  name: string,
): Promise<void> {
  const valid = steps.filter((step) => step.type !== 'rejected')
  const transactions = valid.flatMap((step) => {
    return step.type === 'transaction' ? [step.transaction] : []
  })
  const diffs = valid.map((step) => step.diff)
  const declared = await runDeclared(engine, { context, transactions }, diffs)
  const renumbered = valid.map((step, txIndex) => textOf({ ...step, txIndex }))
  expect(declared.map(textOf), `${name}, declared`).toEqual(renumbered)
  expect(engine.stats.aborts).toBe(0)
}
