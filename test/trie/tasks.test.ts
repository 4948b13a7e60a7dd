/** The tasks by themselves, as a scheduler gives them to its threads: any order, any instance. */

import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { createCoreThread, storeWord } from '@shredcast/shared/engine/core-thread'
import { createSparseTrie, SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { HOST_WORKER, TRIE_LANES_OFFSET, TRIE_OFFSET } from '@shredcast/shared/layout/memory-map'
import {
  LANE_COUNT,
  LANE_STRIDE,
  PHASE_APPLY,
  PHASE_HASH,
  PHASE_TOP,
  TRIE_ROOT,
} from '@shredcast/shared/layout/trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { beforeAll, describe, expect, it } from 'vitest'
import { nextChanges } from '../kit/state-history.ts'

const SIZE = { accounts: 100, slots: 20, changes: 30, isRecorded: true }
const THREADS = 4

describe('tasks of the trie', () => {
  const threads: CoreThread[] = []
  let trie: SparseTrie

  beforeAll(async () => {
    const module = await compileCore('debug')
    const memory = createMemory()
    for (let index = 0; index < THREADS; index++) {
      threads.push(createCoreThread(module, memory, index))
    }
    trie = new SparseTrie(createCoreThread(module, memory, HOST_WORKER))
  })

  it('come to the root in any order of the lanes, applied while more is staged', async () => {
    const random = createRandom(11)
    const alone = await createSparseTrie('release')
    const task = (phase: number, index: number) => {
      expect(random.pick(threads).core.trieTask(phase, index)).toBe(1)
    }
    const forEachLane = (phase: number) => {
      const lanes = Array.from({ length: LANE_COUNT }, (_, lane) => lane)
      while (lanes.length > 0) task(phase, lanes.splice(random.below(lanes.length), 1)[0]!)
    }
    for (let block = 0; block < 100; block++) {
      for (let part = 0; part < 4; part++) {
        const changes = nextChanges(random, SIZE)
        trie.apply(changes)
        alone.apply(changes)
        if (random.chance(0.5)) task(PHASE_APPLY, random.below(LANE_COUNT))
      }
      forEachLane(PHASE_APPLY)
      forEachLane(PHASE_HASH)
      task(PHASE_TOP, 0)
      const at = TRIE_OFFSET + TRIE_ROOT
      const root = threads[0]!.bytes.slice(at, at + 32)
      expect(bytesToHex(root), `block ${block}`).toBe(bytesToHex(alone.root()))
    }
  })

  it('leave a lane alone that another thread holds', () => {
    const lock = TRIE_LANES_OFFSET + 5 * LANE_STRIDE
    storeWord(threads[0]!, lock, 2)
    expect(threads[0]!.core.trieTask(PHASE_APPLY, 5)).toBe(0)
    expect(threads[0]!.core.trieTask(PHASE_APPLY, 6)).toBe(1)
    storeWord(threads[0]!, lock, 0)
    expect(threads[0]!.core.trieTask(PHASE_APPLY, 5)).toBe(1)
  })
})
