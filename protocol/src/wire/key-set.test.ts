import { createRandom } from '@shredcast/shared/primitives/random'
import { describe, expect, it } from 'vitest'
import { createKeyHash } from './key-hash.ts'
import { KeySet } from './key-set.ts'

const KEY_BYTES = 20
const hash = createKeyHash()
const keyed = (bytes: Uint8Array) => ({ bytes, hash: hash(bytes, 0, bytes.length) })

/** 20 bytes that differ for each number. */
function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES)
  new DataView(key.buffer).setUint32(KEY_BYTES - 4, number)
  return key
}

describe('key hash', () => {
  it('is HalfSipHash: the vectors of its authors, which have more rounds', () => {
    const reference = createKeyHash(Uint32Array.of(0x03020100, 0x07060504), [2, 4])
    const input = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7)
    expect([0, 4, 8].map((length) => reference(input, 0, length))).toEqual([
      0x5b9f35a9, 0x89466e2a, 0x8f84b8d0,
    ])
  })

  it('differs by the seed, the place of a byte, and the length', () => {
    const others = [createKeyHash(Uint32Array.of(1, 2)), createKeyHash(Uint32Array.of(1, 3))]
    expect(others[0]!(keyOf(1), 0, 20)).not.toBe(others[1]!(keyOf(1), 0, 20))
    const values = new Set<number>()
    for (let number = 0; number < 1000; number++) values.add(hash(keyOf(number), 0, 20))
    expect(values.size).toBeGreaterThan(990)
    expect(hash(new Uint8Array(8), 0, 4)).not.toBe(hash(new Uint8Array(8), 0, 8))
  })
})

describe('key set', () => {
  it('has what a plain set has, whatever is added', () => {
    const random = createRandom(7)
    const set = new KeySet(KEY_BYTES, hash)
    const plain = new Set<number>()
    for (let round = 0; round < 200; round++) {
      const numbers = Array.from({ length: random.below(20) }, () => random.below(3000))
      const bytes = new Uint8Array(numbers.length * KEY_BYTES)
      for (const [i, number] of numbers.entries()) bytes.set(keyOf(number), i * KEY_BYTES)
      const most = set.byteLengthWith(numbers.length)
      set.addAll(bytes)
      expect(set.byteLength).toBeLessThanOrEqual(most)
      for (const number of numbers) plain.add(number)
      expect(set.size).toBe(plain.size)
    }
    for (let number = 0; number < 3000; number++) {
      expect(set.has(keyed(keyOf(number)))).toBe(plain.has(number))
    }
  })

  it('takes a million addresses, in 28 bytes each', () => {
    const set = new KeySet(KEY_BYTES, hash)
    const bytes = new Uint8Array(2 ** 20 * KEY_BYTES)
    for (let number = 0; number < 2 ** 20; number++) bytes.set(keyOf(number), number * KEY_BYTES)
    set.addAll(bytes)
    expect([set.size, set.byteLength]).toEqual([2 ** 20, 28 * 2 ** 20])
    expect(set.has(keyed(keyOf(2 ** 20 - 1)))).toBe(true)
    expect(set.has(keyed(keyOf(2 ** 20)))).toBe(false)
  }, 60_000)
})
