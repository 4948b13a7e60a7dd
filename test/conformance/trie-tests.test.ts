/**
 * The official trie tests. The core's trie has keys of 32 bytes, as the state has: the files of secure
 * tries run by their expected roots. Those of plain tries, where a key may be the beginning of another,
 * run with hashed keys against `@ethereumjs/trie`. `trietestnextprev` is about the order of keys.
 */

import { MerklePatriciaTrie } from '@ethereumjs/trie'
import { readTarball } from '@shredcast/shared/chain/tarball'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { RawTrie } from '../kit/raw-trie.ts'

interface TrieTest {
  readonly in: readonly (readonly [string, string | null])[] | Readonly<Record<string, string>>
  readonly root: string
}

const ORDERED_KEYS = /nextprev/
const SECURE = /secure/i

describeWithData('trie tests', '../shared/fixtures/ethereum-tests/trie-tests.tar.gz', (path) => {
  it('come to their roots', async () => {
    const raw = await RawTrie.open()
    let secureCount = 0
    for (const { path: file, bytes } of await readTarball(path)) {
      if (!file.endsWith('.json') || ORDERED_KEYS.test(file)) continue
      const tests = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, TrieTest>
      for (const [name, test] of Object.entries(tests)) {
        const changes = changesOf(test)
        const oracle = await oracleRoot(changes)
        expect(rootOf(raw, changes), `${file} ${name}`).toBe(oracle)
        if (!SECURE.test(file)) continue
        expect(oracle, `${file} ${name}`).toBe(test.root)
        secureCount++
      }
    }
    expect(secureCount).toBeGreaterThan(10)
  })
})

interface Change {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

function changesOf({ in: input }: TrieTest): Change[] {
  const pairs = Array.isArray(input) ? input : Object.entries(input)
  return pairs.map(([key, value]) => ({ key: bytesOf(key), value: bytesOf(value ?? '') }))
}

function bytesOf(text: string): Uint8Array {
  return text.startsWith('0x') ? hexToBytes(text) : new TextEncoder().encode(text)
}

function rootOf(raw: RawTrie, changes: readonly Change[]): string {
  raw.clear()
  for (const { key, value } of changes) raw.set(keccak256(key), value)
  return bytesToHex(raw.root())
}

async function oracleRoot(changes: readonly Change[]): Promise<string> {
  const trie = new MerklePatriciaTrie({ useKeyHashing: true })
  for (const { key, value } of changes) {
    if (value.length === 0) await trie.del(key)
    else await trie.put(key, value)
  }
  return bytesToHex(trie.root())
}
