import { MerklePatriciaTrie } from '@ethereumjs/trie'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bigIntToMinimalBytes, bytesToHex } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT } from '../primitives/keccak.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import { OrderedTrie, orderedRoot } from './ordered-root.ts'

async function rootByTrie(items: readonly Uint8Array[]): Promise<Uint8Array> {
  const trie = new MerklePatriciaTrie()
  for (const [index, item] of items.entries()) {
    await trie.put(encodeRlp(bigIntToMinimalBytes(BigInt(index))), item)
  }
  return trie.root()
}

const anyItem = fc.uint8Array({ minLength: 1, maxLength: 60 })

describe('orderedRoot', () => {
  it('of nothing is the empty root', () => {
    expect(orderedRoot([])).toEqual(EMPTY_TRIE_ROOT)
  })

  it('agrees with @ethereumjs/trie on any items', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyItem, { minLength: 1, maxLength: 40 }), async (items) => {
        expect(orderedRoot(items)).toEqual(await rootByTrie(items))
      }),
    )
  })

  it('is of all items so far, and goes on', async () => {
    const trie = new OrderedTrie()
    const items = Array.from({ length: 600 }, (_, i) => new Uint8Array(33).fill(i + 1))
    for (const [i, item] of items.entries()) {
      trie.add(item)
      if (i % 37 === 0) expect(trie.root()).toEqual(await rootByTrie(items.slice(0, i + 1)))
    }
    expect(trie.root()).toEqual(await rootByTrie(items))
  })

  it.each([1, 2, 16, 17, 32, 127, 128, 129, 130, 255, 256, 257, 300, 512, 4100])(
    'agrees with it on %i items, short enough to stand in their parents or not',
    async (count) => {
      for (const itemBytes of count > 1000 ? [40] : [1, 31, 200]) {
        const items = Array.from({ length: count }, (_, i) => {
          return new Uint8Array(itemBytes).fill((i % 255) + 1)
        })
        expect(bytesToHex(orderedRoot(items))).toBe(bytesToHex(await rootByTrie(items)))
      }
    },
  )
})
