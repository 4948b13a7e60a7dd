/**
 * Blocks that go to the trie as they commit: the root that the workers come to is that of the same
 * diffs applied to a trie of its own, with nodes read from a store, after blocks that were dropped, and
 * in the middle of a block.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_WORKLOADS, MIX } from '../kit/all-workloads.ts'
import { runAsItGrows, runDeclared } from '../kit/engine-block.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { WORLD_CONFIG, World } from '../kit/test-world.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'
import type { Workload } from '../kit/workload.ts'

const FORKS: readonly Hardfork[] = ['frontier', 'spuriousDragon', 'osaka']
const BUILDS: readonly (readonly [CoreBuild, number])[] = [
  ['debug', 2],
  ['debug', 5],
  ['release', 1],
  ['release', 3],
]
const FED = { feedsTrie: true }
const SEEDS = 3
const TRANSACTIONS = 60
const PORTION = 10

describe.each(BUILDS)('blocks that feed the trie, %s build, %i workers', (build, workers) => {
  let engine: Engine
  let alone: SparseTrie

  beforeAll(async () => {
    engine = await createEngine({ config: WORLD_CONFIG, workers, build })
    alone = await createSparseTrie('release')
  })
  afterAll(() => engine.close())

  /** The engine has the world's state; where asked, its trie has nothing but the root in memory. */
  async function load(world: World, isBlinded: boolean): Promise<void> {
    const { trie } = engine
    await engine.loadState(world.alloc())
    const store = new TrieNodeMap()
    trie.readFrom(store)
    trie.reset(world.alloc())
    trie.writeOut(store)
    const root = trie.root()
    if (isBlinded) trie.open(root)
    alone.reset(world.alloc())
    expect(bytesToHex(alone.root())).toBe(bytesToHex(root))
  }

  async function checkBlock(block: BlockInput, seed: number): Promise<void> {
    const before = bytesToHex(alone.root())
    // The first run is dropped, some steps of it in the trie.
    await runAsItGrows(engine, block, createRandom(seed), FED)
    await engine.abandonBlock()
    if (seed !== 2) expect(bytesToHex(engine.trie.root()), 'dropped').toBe(before)
    const steps = await runAsItGrows(engine, block, createRandom(seed + 1), FED)
    for (const step of steps) if (step.type !== 'rejected') alone.apply(step.diff.changes)
    const root = bytesToHex(alone.root())
    expect(bytesToHex(await engine.stateRoot()), `seed ${seed}`).toBe(root)
    await engine.applyBlock()
    expect(bytesToHex(engine.trie.root())).toBe(root)
  }

  for (const fork of FORKS) {
    for (const workload of [...ALL_WORKLOADS, MIX]) {
      if (!isAtLeast(fork, workload.since ?? 'frontier')) continue
      it(`${fork}: ${workload.name}`, async () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const world = new World(fork, createRandom(seed))
          await load(world, seed % 2 === 0)
          await checkBlock(blockOf(world, workload), seed)
        }
      })
    }
  }

  it('come to it by declarations too', async () => {
    const world = new World('osaka', createRandom(3))
    await load(world, true)
    const block = blockOf(world, MIX)
    const steps = await runAsItGrows(engine, block, createRandom(3))
    const valid = steps.flatMap((step) => (step.type === 'rejected' ? [] : [step]))
    const transactions = valid.flatMap((step) => {
      return step.type === 'transaction' ? [step.transaction] : []
    })
    const diffs = valid.map(({ diff }) => diff)
    for (const diff of diffs) alone.apply(diff.changes)
    await runDeclared(engine, { ...block, transactions }, diffs, 'dag', FED)
    expect(bytesToHex(await engine.stateRoot())).toBe(bytesToHex(alone.root()))
    await engine.applyBlock()
  })

  it('give the root behind any commit of the open block', async () => {
    const world = new World('osaka', createRandom(4))
    await load(world, true)
    const { context, transactions } = blockOf(world, MIX)
    await engine.openBlock(context, 'block-stm', FED)
    let applied = 0
    for (let start = 0; start < transactions.length; start += PORTION) {
      engine.append(transactions.slice(start, start + PORTION))
      engine.execute()
      const committed = await engine.committedAbove(engine.stepCount - 1)
      const root = bytesToHex(engine.trie.root())
      for (; applied < committed; applied++) {
        const step = engine.step(applied)
        if (step.type !== 'rejected') alone.apply(step.diff.changes)
      }
      expect(root, `step ${applied}`).toBe(bytesToHex(alone.root()))
    }
    await engine.abandonBlock()
  })
})

function blockOf(world: World, { fill }: Workload): BlockInput {
  fill(world, TRANSACTIONS)
  return world.takeBlock()
}
