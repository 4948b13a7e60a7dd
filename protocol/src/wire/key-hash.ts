/**
 * HalfSipHash-1-3 (Aumasson and Bernstein): a hash under a secret seed, so that no peer can choose keys
 * that all fall into one place of a table.
 */

export type KeyHash = (bytes: Uint8Array, offset: number, length: number) => number

/** Rounds for each word, and at the end. */
const ROUNDS = [1, 3] as const

/** A hash of keys whose length is a multiple of 4, to 32 bits; without a seed, under a random one. */
export function createKeyHash(
  seed: Uint32Array = crypto.getRandomValues(new Uint32Array(2)),
  [wordRounds, lastRounds]: readonly [number, number] = ROUNDS,
): KeyHash {
  const [k0, k1] = [seed[0]!, seed[1]!]
  return (bytes, offset, length) => {
    let v0 = k0
    let v1 = k1
    let v2 = 0x6c796765 ^ k0
    let v3 = 0x74656462 ^ k1
    // The words of the key, its length, and the end.
    const end = offset + length
    for (let i = offset; i <= end + 4; i += 4) {
      const isEnd = i > end
      const word = i < end ? wordAt(bytes, i) : isEnd ? 0 : length << 24
      if (isEnd) v2 ^= 0xff
      v3 ^= word
      for (let rounds = isEnd ? lastRounds : wordRounds; rounds > 0; rounds--) {
        v0 = (v0 + v1) | 0
        v1 = rotated(v1, 5) ^ v0
        v0 = rotated(v0, 16)
        v2 = (v2 + v3) | 0
        v3 = rotated(v3, 8) ^ v2
        v0 = (v0 + v3) | 0
        v3 = rotated(v3, 7) ^ v0
        v2 = (v2 + v1) | 0
        v1 = rotated(v1, 13) ^ v2
        v2 = rotated(v2, 16)
      }
      v0 ^= word
    }
    return (v1 ^ v3) >>> 0
  }
}

function wordAt(bytes: Uint8Array, i: number): number {
  return bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
