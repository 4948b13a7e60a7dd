/**
 * Chains of generated blocks: the state that the engine carries from block to block is the oracle's,
 * whether the block was executed speculatively or by declared reads and writes.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIX } from '../kit/all-workloads.ts'
import { PHOENIX } from '../kit/contract-workloads.ts'
import { PHOENIX_INIT } from '../kit/contracts.ts'
import { runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import { MapState } from '../kit/map-state.ts'
import { Oracle } from '../kit/oracle-block.ts'
import type { StepOutcome } from '../kit/step-outcome.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import { addressOf, callTo, WORLD_CONFIG, World } from '../kit/test-world.ts'

const FIRST_SEED = Number(process.env.CHAIN_SEED ?? 1)
const BLOCKS = 20

let leader: Engine
let follower: Engine

beforeAll(async () => {
  leader = await createEngine({ config: WORLD_CONFIG, workers: 4, build: 'debug' })
  follower = await createEngine({ config: WORLD_CONFIG, workers: 2, build: 'release' })
})
afterAll(async () => {
  await leader.close()
  await follower.close()
})

/** Fills block after block and compares each with the oracle's, on one state throughout. */
async function checkChain(world: World, fills: readonly (() => void)[]): Promise<StepOutcome[][]> {
  const oracle = new Oracle(WORLD_CONFIG, new MapState(world.alloc()))
  await leader.loadState(world.alloc())
  await follower.loadState(world.alloc())
  const chain: StepOutcome[][] = []
  for (const fill of fills) {
    fill()
    const block = world.takeBlock()
    const outcomes = await oracle.run(block)
    const name = `block ${chain.length}`
    const steps = await runSpeculatively(leader, block)
    expect(
      steps.map((step) => textOf(outcomeOf(step))),
      name,
    ).toEqual(outcomes.map(textOf))

    const valid = steps.filter((step) => step.type !== 'rejected')
    const transactions = valid.flatMap((step) => {
      return step.type === 'transaction' ? [step.transaction] : []
    })
    const diffs = valid.map((step) => step.diff)
    const declared = await runDeclared(follower, { ...block, transactions }, diffs)
    expect(
      declared.map((step) => textOf(outcomeOf(step))),
      `${name}, declared`,
    ).toEqual(valid.map((step) => textOf(outcomeOf(step))))
    await leader.applyBlock()
    await follower.applyBlock()
    world.settleNonces(outcomes)
    chain.push(outcomes)
  }
  return chain
}

describe('state carried from block to block', () => {
  for (const fork of ['frontier', 'london', 'shanghai', 'osaka'] as const satisfies Hardfork[]) {
    it(`is the oracle's over ${BLOCKS} mixed blocks, ${fork}, CHAIN_SEED=${FIRST_SEED}`, async () => {
      const world = new World(fork, createRandom(FIRST_SEED))
      await checkChain(
        world,
        Array.from({ length: BLOCKS }, () => () => MIX.fill(world, 40)),
      )
    })
  }

  it('forgets a storage that was cleared in one block and is written in the next', async () => {
    const world = new World('shanghai', createRandom(1))
    const [sender] = world.rich
    const create = () => {
      const to = addressOf('phoenixFactory')
      world.send(sender!, { to, gasLimit: 300_000n, data: PHOENIX_INIT })
    }
    const store = (key: number, value: number) => {
      world.send(sender!, { ...callTo('store', key, value), to: PHOENIX })
    }
    const destroy = () => world.send(sender!, { to: PHOENIX, gasLimit: 300_000n })
    const chain = await checkChain(world, [
      () => [create(), store(1, 11), store(2, 22)],
      () => [store(1, 12), destroy()],
      () => [create(), store(1, 13), store(7, 0)],
      () => [store(1, 14), store(2, 24), destroy()],
      () => create(),
      () => [store(1, 15), store(2, 25)],
      () => [destroy(), store(1, 16)],
    ])
    const logged = chain.map((outcomes) =>
      outcomes.flatMap((outcome) => {
        return outcome.type === 'transaction' ? outcome.receipt.logs.map((log) => log.data[31]) : []
      }),
    )
    expect(logged).toEqual([[0, 0], [11], [0, 42], [13, 0], [], [0, 0], []])
  })
})
