/** Roots by several threads over one memory: always that of one thread, and of the oracle. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bigIntToBytes, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressOf, nextChanges, slotKeyOf } from '../kit/state-history.ts'
import type { ThreadedTrie } from '../kit/threaded-trie.ts'
import { createThreadedTrie } from '../kit/threaded-trie.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'

const HELPERS = 3
const SIZE = { accounts: 200, slots: 50, changes: 300, isRecorded: true }
const LARGE_SLOTS = 3000

describe.each(['debug', 'release'] as const)('several threads, %s build', (build) => {
  let helped: ThreadedTrie

  beforeAll(async () => {
    helped = await createThreadedTrie(build, HELPERS)
  })

  afterAll(async () => {
    await helped.close()
  })

  it('come to the root of one thread, with nodes read in between', async () => {
    const random = createRandom(3)
    const alone = await createSparseTrie('release')
    const store = new TrieNodeMap()
    helped.trie.reset([])
    helped.trie.readFrom(store)
    for (let block = 0; block < 150; block++) {
      const changes = nextChanges(random, SIZE)
      if (block % 5 === 0) changes.push(largeChange(block))
      if (block % 20 === 19) changes.push({ address: LARGE, code: null, slots: [] })
      alone.apply(changes)
      helped.trie.apply(changes)
      const root = bytesToHex(helped.trie.root())
      expect(root, `block ${block}`).toBe(bytesToHex(alone.root()))
      helped.trie.writeOut(store)
      if (block % 3 === 0) helped.trie.prune(0)
    }
  })

  it('end at once when nothing has changed', () => {
    helped.trie.reset([])
    const root = helped.trie.root()
    for (let i = 0; i < 2000; i++) expect(helped.trie.root()).toEqual(root)
  })
})

/** One account with a storage trie large enough to be hashed in parts. */
const LARGE = addressOf(SIZE.accounts + 1)

function largeChange(block: number): StateChange {
  const slots = Array.from({ length: LARGE_SLOTS }, (_, index) => {
    const value = bigIntToBytes(BigInt((index + block) % 7 === 0 ? 0 : index + block + 1), 32)
    return { key: slotKeyOf(index), value }
  })
  return { address: LARGE, balance: BigInt(block), code: Uint8Array.of(1), slots }
}
