/** Numbers and bytes at the edges of what the EVM does with them, and choices with weights. */

import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'

export type Weighted<T> = readonly (readonly [weight: number, item: T])[]

export function choose<T>(random: Random, items: Weighted<T>): T {
  let total = 0
  for (const [weight] of items) total += weight
  let left = random.below(total)
  for (const [weight, item] of items) {
    left -= weight
    if (left < 0) return item
  }
  return items[0]![1]
}

const WORD_LIMIT = 1n << 256n
const POWERS = [8n, 16n, 31n, 32n, 63n, 64n, 127n, 128n, 160n, 192n, 255n, 256n]
const SMALL = [0n, 1n, 2n, 3n, 4n, 5n, 7n, 8n, 20n, 31n, 32n, 33n, 63n, 64n, 96n, 255n, 1024n]

function toWord(value: bigint): bigint {
  return BigInt.asUintN(256, value)
}

export function randomBytes(random: Random, length: number): Uint8Array {
  return new Uint8Array(length).map(() => random.below(256))
}

/** Any number of up to `bits` bits. */
export function randomBits(random: Random, bits: number): bigint {
  let value = 0n
  for (let left = bits; left > 0; left -= 32) {
    value = (value << 32n) | BigInt(random.below(2 ** 32))
  }
  return BigInt.asUintN(bits, value)
}

/** A word that is likely to make a difference. */
export function edgeWord(random: Random): bigint {
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return random.pick(SMALL)
    case 3:
      return toWord((1n << random.pick(POWERS)) + BigInt(random.below(3) - 1))
    case 4:
      return toWord(-1n - BigInt(random.below(4)))
    case 5:
      return randomBits(random, 1 + random.below(256))
    case 6:
      return toWord(-randomBits(random, 1 + random.below(255)))
    default:
      return BigInt(random.below(256))
  }
}

/** Between 0 and about `limit`, small numbers as likely as large ones. */
export function logUniform(random: Random, limit: number): number {
  return Math.floor(Math.exp((random.below(1_000_000) / 1_000_000) * Math.log(limit + 1))) - 1
}

/** One of the few slots that everybody uses. */
export function hotKey(random: Random): bigint {
  return random.chance(0.92) ? BigInt(random.below(4)) : edgeWord(random)
}

/** An offset in memory; a few are far beyond what anybody can pay. */
export function memoryOffset(random: Random): bigint {
  const dice = random.below(100)
  if (dice < 70) return BigInt(random.below(8) * 32)
  if (dice < 88) return BigInt(random.below(300))
  if (dice < 94) return BigInt(logUniform(random, 200_000))
  if (dice < 96) return BigInt(random.below(2 ** 32)) + (1n << 31n)
  return random.chance(0.5) ? edgeWord(random) : WORD_LIMIT - 1n - BigInt(random.below(64))
}

/** A length of memory. */
export function memorySize(random: Random): bigint {
  const dice = random.below(100)
  if (dice < 55) return BigInt(random.below(4) * 32)
  if (dice < 88) return BigInt(random.below(100))
  if (dice < 97) return BigInt(logUniform(random, 20_000))
  return edgeWord(random)
}

export function wordBytes(value: bigint): Uint8Array {
  return bigIntToBytes(toWord(value), 32)
}
