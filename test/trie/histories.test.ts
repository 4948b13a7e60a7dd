/**
 * Long histories with many deletions: after each block the root is that of `@ethereumjs/trie`, and of
 * one built anew from the outcome, however much of the trie is in memory.
 */

import type { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { beforeAll, describe, expect, it } from 'vitest'
import type { HistorySize } from '../kit/state-history.ts'
import { nextChanges } from '../kit/state-history.ts'
import { StateOutcome } from '../kit/state-outcome.ts'
import { StateRoot } from '../kit/state-root.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'

const BLOCKS = Number(process.env.TRIE_BLOCKS ?? 400)
const SEED = Number(process.env.TRIE_SEED ?? 1)
/** A rebuild costs as much as the whole state has leaves. */
const REBUILD_EVERY = 8

const SIZES: Readonly<Record<string, HistorySize & { readonly blocks: number }>> = {
  'a few accounts': { accounts: 5, slots: 60, changes: 6, isRecorded: true, blocks: BLOCKS },
  'many accounts': { accounts: 300, slots: 12, changes: 40, isRecorded: true, blocks: BLOCKS / 8 },
}

interface Node {
  readonly trie: SparseTrie
  readonly store: TrieNodeMap
  readonly random: Random
}

/** What happens to the trie between blocks. */
const LIVES: Readonly<Record<string, (node: Node, root: Uint8Array) => void>> = {
  'all of it in memory': () => {},
  'nothing but the tops': ({ trie }) => trie.prune(0),
  'opened anew for each block': ({ trie }, root) => trie.open(root),
  'some of it': ({ trie, random }, root) => {
    if (random.chance(0.1)) trie.open(root)
    else trie.prune(random.below(trie.nodeBytes))
  },
}

describe.each(Object.entries(SIZES))('a history of %s', (_, size) => {
  let debugTrie: SparseTrie

  beforeAll(async () => {
    debugTrie = await createSparseTrie('debug')
  })

  it.each(Object.entries(LIVES))('with %s', async (_life, live) => {
    const node = { trie: debugTrie, store: new TrieNodeMap(), random: createRandom(SEED) }
    node.trie.reset([])
    node.trie.readFrom(node.store)
    const oracle = await StateRoot.fromGenesis([])
    const outcome = new StateOutcome()
    for (let block = 0; block < size.blocks; block++) {
      const changes = nextChanges(node.random, size)
      node.trie.apply(changes)
      await oracle.apply(changes)
      outcome.apply(changes)
      const root = node.trie.root()
      const expected = bytesToHex(await oracle.root())
      expect(bytesToHex(root), `seed ${SEED}, block ${block}`).toBe(expected)
      if (block % REBUILD_EVERY === 0) expect(await outcome.root()).toBe(expected)
      node.trie.writeOut(node.store)
      live(node, root)
    }
  })

  it('leaves in the store what a trie built anew writes, and nothing else', async () => {
    const random = createRandom(SEED)
    const store = new TrieNodeMap()
    const rebuilt = await createSparseTrie('debug')
    const outcome = new StateOutcome()
    debugTrie.reset([])
    debugTrie.readFrom(store)
    for (let block = 0; block < size.blocks; block++) {
      const changes = nextChanges(random, size)
      debugTrie.apply(changes)
      outcome.apply(changes)
      debugTrie.writeOut(store)
      if (random.chance(0.5)) debugTrie.prune(0)
      if (block % REBUILD_EVERY !== 0) continue
      const anew = new TrieNodeMap()
      rebuilt.reset(outcome.accounts())
      rebuilt.writeOut(anew)
      expect(hexNodes(store), `seed ${SEED}, block ${block}`).toEqual(hexNodes(anew))
    }
  })
})

it('an account that nothing recorded goes when it is empty', async () => {
  const random = createRandom(SEED)
  const trie = await createSparseTrie('debug')
  const oracle = await StateRoot.fromGenesis([])
  const size = { accounts: 60, slots: 40, changes: 20, isRecorded: false }
  for (let block = 0; block < BLOCKS; block++) {
    const changes = nextChanges(random, size)
    trie.apply(changes)
    await oracle.apply(changes)
    expect(bytesToHex(trie.root()), `block ${block}`).toBe(bytesToHex(await oracle.root()))
  }
})

function hexNodes({ nodes }: TrieNodeMap): Record<string, string> {
  return Object.fromEntries([...nodes].sort().map(([name, rlp]) => [name, bytesToHex(rlp)]))
}
