/**
 * Blocks that an engine takes over by their diffs, without executing them: what it executes on top of
 * them comes to what it comes to for an engine that has executed everything, and calls read the same.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_WORKLOADS, MIX } from '../kit/all-workloads.ts'
import { runSpeculatively } from '../kit/engine-block.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import { WORLD_CONFIG, World } from '../kit/test-world.ts'
import type { Workload } from '../kit/workload.ts'

const FORKS: readonly Hardfork[] = ['frontier', 'spuriousDragon', 'london', 'osaka']
const BLOCKS = 6
const TRANSACTIONS = 30

let executing: Engine
let adopting: Engine

beforeAll(async () => {
  executing = await createEngine({ config: WORLD_CONFIG, workers: 1 })
  adopting = await createEngine({ config: WORLD_CONFIG, workers: 2, build: 'debug' })
})
afterAll(async () => {
  await executing.close()
  await adopting.close()
})

/** Two of three blocks are adopted. */
async function checkChain(fork: Hardfork, workload: Workload, seed: number): Promise<void> {
  const world = new World(fork, createRandom(seed))
  await executing.loadState(world.alloc())
  await adopting.loadState(world.alloc())
  for (let index = 0; index < BLOCKS; index++) {
    workload.fill(world, TRANSACTIONS)
    const block = world.takeBlock()
    const steps = await runSpeculatively(executing, block)
    const outcomes = steps.map(outcomeOf)
    world.settleNonces(outcomes)
    const diffs = steps.flatMap((step) => (step.type === 'rejected' ? [] : [step.diff]))
    if (index % 3 === 2) {
      const others = (await runSpeculatively(adopting, block)).map(outcomeOf)
      expect(textOf(others), `block ${index}, seed ${seed}`).toBe(textOf(outcomes))
      await adopting.applyBlock()
    } else {
      await adopting.adoptBlock(block.context, diffs)
    }
    await executing.applyBlock()
    for (const { address, slots } of diffs.flatMap(({ changes }) => changes)) {
      expect(adopting.readAccount(address)).toEqual(executing.readAccount(address))
      for (const { key } of slots) {
        expect(adopting.readSlot(address, key)).toEqual(executing.readSlot(address, key))
      }
    }
  }
}

describe('blocks that are adopted', () => {
  for (const fork of FORKS) {
    for (const workload of [...ALL_WORKLOADS, MIX]) {
      if (!isAtLeast(fork, workload.since ?? 'frontier')) continue
      it(`${fork}: ${workload.name}`, () => checkChain(fork, workload, 1))
    }
  }
})
