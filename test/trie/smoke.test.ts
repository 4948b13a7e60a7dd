import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { expect, it } from 'vitest'
import { nextChanges } from '../kit/state-history.ts'
import { StateRoot } from '../kit/state-root.ts'
import { TrieNodeMap } from '../kit/trie-node-map.ts'

const SIZE = { accounts: 60, slots: 40, changes: 20, isRecorded: false }
it('plain', async () => {
  const random = createRandom(1)
  const trie = await createSparseTrie('debug')
  const oracle = await StateRoot.fromGenesis([])
  for (let block = 0; block < 300; block++) {
    const changes = nextChanges(random, SIZE)
    trie.apply(changes)
    await oracle.apply(changes)
    expect(bytesToHex(trie.root()), `block ${block}`).toBe(bytesToHex(await oracle.root()))
  }
})
it('blinded', async () => {
  const random = createRandom(2)
  const store = new TrieNodeMap()
  const trie = await createSparseTrie('debug')
  trie.readFrom(store)
  const oracle = await StateRoot.fromGenesis([])
  for (let block = 0; block < 300; block++) {
    const changes = nextChanges(random, { ...SIZE, isRecorded: true })
    trie.apply(changes)
    await oracle.apply(changes)
    const root = trie.root()
    expect(bytesToHex(root), `block ${block}`).toBe(bytesToHex(await oracle.root()))
    trie.writeOut(store)
    if (block % 3 === 0) trie.prune(0)
    if (block % 3 === 1) trie.open(root)
  }
})
