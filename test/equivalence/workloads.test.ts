/**
 * Generated blocks: whatever they hold and however many workers execute them, the result is that of
 * one execution after the other, down to the reason for which a transaction is refused. Every block
 * is also executed again by the reads and writes that its diffs declare. `WORKLOAD_SEED` is the
 * first seed, `WORKLOAD_REPEATS` how many blocks are made of each kind.
 */

import { type Hardfork, isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import { createEngine, type Engine } from '@shredcast/shared/engine/engine'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTRACT_WORKLOADS } from '../kit/contract-workloads.ts'
import { DELEGATION_WORKLOADS } from '../kit/delegation-workloads.ts'
import { runAsItGrows, runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import { INVALID_WORKLOADS } from '../kit/invalid-workloads.ts'
import { MapState } from '../kit/map-state.ts'
import { type BlockInput, Oracle } from '../kit/oracle-block.ts'
import { outcomeOf, type StepOutcome, textOf } from '../kit/step-outcome.ts'
import { World, WORLD_CONFIG } from '../kit/test-world.ts'
import { TRANSFER_WORKLOADS } from '../kit/transfer-workloads.ts'
import { times, type Workload } from '../kit/workload.ts'

const FIRST_SEED = Number(process.env.WORKLOAD_SEED ?? 1)
const REPEATS = Number(process.env.WORKLOAD_REPEATS ?? 5)
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

const KINDS = [
  ...TRANSFER_WORKLOADS,
  ...CONTRACT_WORKLOADS,
  ...DELEGATION_WORKLOADS,
  ...INVALID_WORKLOADS,
]

/** A few transactions of this kind, a few of that. */
const MIX: Workload = {
  name: 'a mix of everything',
  fill(world, count) {
    const kinds = KINDS.filter(({ since }) => isAtLeast(world.fork, since ?? 'frontier'))
    times(Math.ceil(count / 4), () => world.random.pick(kinds).fill(world, 4))
    world.gasLimit = BigInt(count) * (world.random.chance(0.2) ? 60_000n : 3_000_000n)
  },
}

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
    for (const workload of [...KINDS, MIX]) {
      if (!isAtLeast(fork, workload.since ?? 'frontier')) continue
      it(`${fork}: ${workload.name}`, async () => {
        const repeats = fork === 'osaka' || workload === MIX ? REPEATS : 1
        for (let seed = FIRST_SEED; seed < FIRST_SEED + repeats; seed++) {
          await checkBlock(engines, workload, fork, seed)
        }
      })
    }
  }
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
    const name = `WORKLOAD_SEED=${seed}, engine ${JSON.stringify(ENGINES[index])}`
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
