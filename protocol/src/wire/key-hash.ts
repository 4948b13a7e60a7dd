/**
 * HalfSipHash-1-3 (Aumasson and Bernstein): a hash under a secret seed, so that no peer can choose keys
 * that all fall into one place of a table.
 */

export type KeyHash = (bytes: Uint8Array, offset: number, length: number) => number

/** A hash of keys whose length is a multiple of 4, to 32 bits; without a seed, under a random one. */
export function createKeyHash(
  seed: Uint32Array = crypto.getRandomValues(new Uint32Array(2)),
): KeyHash {
  const [k0, k1] = [seed[0]!, seed[1]!]
  return (bytes, offset, length) => {
    let v0 = k0
    let v1 = k1
    let v2 = 0x6c796765 ^ k0
    let v3 = 0x74656462 ^ k1
    const round = () => {
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
    const mix = (word: number) => {
      v3 ^= word
      round()
      v0 ^= word
    }
    for (let i = offset; i < offset + length; i += 4) {
      mix(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
    }
    mix(length << 24)
    v2 ^= 0xff
    round()
    round()
    round()
    return (v1 ^ v3) >>> 0
  }
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
