/**
 * Keys that differ in their last nibbles only, so that leaves, extensions and branches are shorter than
 * 32 bytes and stand in their parents; the oracle is `@ethereumjs/trie` on the same keys.
 */

import { MerklePatriciaTrie } from '@ethereumjs/trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { RawTrie } from '../kit/raw-trie.ts'

/** 32 bytes of zeros but for one nibble early on and some at the end. */
const key = fc
  .tuple(fc.constantFrom(0, 0x10), fc.constantFrom(0, 1, 0x20), fc.nat(0x33), fc.nat(0x13))
  .map(([early, third, second, last]) => {
    const bytes = new Uint8Array(32)
    bytes[9] = early
    bytes.set([third, second, last], 29)
    return bytes
  })
const value = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 3, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 30, maxLength: 80 }) },
)
const block = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 12 })

describe('nodes that stand in their parents', () => {
  let raw: RawTrie

  beforeAll(async () => {
    raw = await RawTrie.open()
  })

  it.each([false, true])('after any history, blinded between blocks: %s', async (isBlinded) => {
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 8 }), async (blocks) => {
        raw.clear()
        const oracle = new MerklePatriciaTrie()
        for (const changes of blocks) {
          for (const [key, value] of changes) {
            raw.set(key, value)
            if (value.length === 0) await oracle.del(key)
            else await oracle.put(key, value)
          }
          expect(bytesToHex(raw.root())).toBe(bytesToHex(oracle.root()))
          raw.trie.writeOut(raw.store)
          if (isBlinded) raw.trie.prune(0)
        }
      }),
      { numRuns: 300 },
    )
  })
})
