/**
 * The official trie tests, each by its expected root. Those of secure tries run through the core's trie,
 * which has keys of 32 bytes, as the state has. Those of plain tries, where a key may be the beginning
 * of another, come to their roots by what roots of transactions and receipts are made with, whose keys
 * are of any length; with hashed keys they run through the core's trie against `@ethereumjs/trie`.
 * `trietestnextprev` is about the order of keys, in which that root is folded and the store is read.
 */

import { MerklePatriciaTrie } from '@ethereumjs/trie'
import { readTarball } from '@shredcast/shared/chain/tarball'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, compareBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { entriesRoot } from '@shredcast/shared/trie/ordered-root'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { RawTrie } from '../kit/raw-trie.ts'

interface TrieTest {
  readonly in: readonly (readonly [string, string | null])[] | Readonly<Record<string, string>>
  readonly root: string
}

/** Keys, and for others the nearest below and above, empty when there is none. */
interface OrderTest {
  readonly in: readonly string[]
  readonly tests: readonly (readonly [string, string, string])[]
}

const ORDERED_KEYS = /nextprev/
const SECURE = /secure/i

describeWithData('trie tests', '../shared/fixtures/ethereum-tests/trie-tests.tar.gz', (path) => {
  it('come to their roots', async () => {
    const raw = await RawTrie.open()
    let secureCount = 0
    let plainCount = 0
    for (const { path: file, bytes } of await readTarball(path)) {
      if (!file.endsWith('.json') || ORDERED_KEYS.test(file)) continue
      const tests = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, TrieTest>
      for (const [name, test] of Object.entries(tests)) {
        const changes = changesOf(test)
        const oracle = await oracleRoot(changes)
        expect(rootOf(raw, changes), `${file} ${name}`).toBe(oracle)
        const isSecure = SECURE.test(file)
        const root = isSecure ? oracle : plainRoot(changes)
        expect(root, `${file} ${name}`).toBe(test.root)
        if (isSecure) secureCount++
        else plainCount++
      }
    }
    expect(secureCount).toBeGreaterThan(10)
    expect(plainCount).toBeGreaterThan(10)
  })

  it('have their keys in order', async () => {
    const files = await readTarball(path)
    const file = files.find(({ path: name }) => ORDERED_KEYS.test(name))
    const tests = JSON.parse(new TextDecoder().decode(file?.bytes)) as Record<string, OrderTest>
    for (const { in: keys, tests: cases } of Object.values(tests)) {
      const sorted = keys.map(bytesOf).sort(compareBytes)
      for (const [key, previous, next] of cases) {
        const at = bytesOf(key)
        const below = sorted.findLast((other) => compareBytes(other, at) < 0)
        const above = sorted.find((other) => compareBytes(other, at) > 0)
        expect([below, above], key).toEqual([previous, next].map(bytesOrNone))
      }
    }
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

function bytesOrNone(text: string): Uint8Array | undefined {
  return text === '' ? undefined : bytesOf(text)
}

function rootOf(raw: RawTrie, changes: readonly Change[]): string {
  raw.clear()
  for (const { key, value } of changes) raw.set(keccak256(key), value)
  return bytesToHex(raw.root())
}

/** Of what the changes leave, with keys as they are. */
function plainRoot(changes: readonly Change[]): string {
  const values = new Map<Hex, Uint8Array>()
  for (const { key, value } of changes) {
    if (value.length === 0) values.delete(bytesToHex(key))
    else values.set(bytesToHex(key), value)
  }
  const entries = [...values].map(([key, value]) => ({ key: hexToBytes(key), value }))
  return bytesToHex(entriesRoot(entries))
}

async function oracleRoot(changes: readonly Change[]): Promise<string> {
  const trie = new MerklePatriciaTrie({ useKeyHashing: true })
  for (const { key, value } of changes) {
    if (value.length === 0) await trie.del(key)
    else await trie.put(key, value)
  }
  return bytesToHex(trie.root())
}
