/**
 * Locations and call features as numbers of 53 bits, for tables of estimates: two that meet by chance
 * make a prediction worse, no result wrong.
 */

import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { READ_BALANCE, READ_CODE, READ_NONCE } from '@shredcast/shared/chain/state-change'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { equalBytes } from '@shredcast/shared/primitives/bytes'

const HIGH_FACTOR = 2 ** 21
const LOW_SHIFT = 11
const SELECTOR_BYTES = 4
const WORD_BYTES = 32
/** Arguments beyond these tell nothing. */
const ARGUMENTS_MAX = 6

const KIND_SLOT = 1
const KIND_BALANCE = 2
const KIND_NONCE = 3
const KIND_CODE = 4
const KIND_FEATURE = 5

const FIELDS = [
  [READ_BALANCE, KIND_BALANCE],
  [READ_NONCE, KIND_NONCE],
  [READ_CODE, KIND_CODE],
] as const

const NO_BYTES = new Uint8Array(0)

/** Two rounds of multiplication and rotation over the bytes, as murmur3 has them. */
function hash(kind: number, first: Uint8Array, second: Uint8Array): number {
  let a = kind
  let b = kind ^ 0x9e3779b9
  for (const bytes of [first, second]) {
    for (let i = 0; i < bytes.length; i += 4) {
      const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
      a = Math.imul(a ^ word, 0xcc9e2d51)
      a = (a << 15) | (a >>> 17)
      b = Math.imul(b + word, 0x1b873593)
      b = (b << 13) | (b >>> 19)
    }
  }
  a = Math.imul(a ^ (b >>> 16), 0x85ebca6b)
  b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35)
  return (a >>> 0) * HIGH_FACTOR + (b >>> LOW_SHIFT)
}

/**
 * What a call has in common with others that may touch the same state: recipient and selector first,
 * then these with each argument. Empty for creations and plain transfers.
 */
export function featuresOf({ to, data }: Transaction): number[] {
  if (to === undefined || data.length === 0) return []
  const selector = data.subarray(0, SELECTOR_BYTES)
  const features = [hash(KIND_FEATURE, to, selector)]
  for (let index = 0; index < ARGUMENTS_MAX; index++) {
    const start = SELECTOR_BYTES + index * WORD_BYTES
    if (start >= data.length) break
    const seed = (features[0]! % 2 ** 31) ^ index
    features.push(hash(seed, data.subarray(start, start + WORD_BYTES), NO_BYTES))
  }
  return features
}

/** A sender as a number. */
export function senderHash(sender: Uint8Array): number {
  return hash(0, sender, NO_BYTES)
}

/**
 * Locations whose writing can abort a reader: not lazy updates, nor the sender's own nonce and
 * balance, which the order of his transactions settles.
 */
export function absoluteWrites({ changes, deltas }: StateDiff, sender: Uint8Array): number[] {
  const writes: number[] = []
  for (const { address, balance, nonce, code, slots } of changes) {
    for (const { key, delta } of slots) {
      if (delta === undefined) writes.push(hash(KIND_SLOT, address, key))
    }
    if (code !== undefined) writes.push(hash(KIND_CODE, address, NO_BYTES))
    if (equalBytes(address, sender)) continue
    if (nonce !== undefined) writes.push(hash(KIND_NONCE, address, NO_BYTES))
    const isAbsolute = balance !== undefined && !deltas.some((d) => equalBytes(d.address, address))
    if (isAbsolute) writes.push(hash(KIND_BALANCE, address, NO_BYTES))
  }
  return writes
}

/** Locations that it read, those of other accounts' fields included. */
export function readLocations({ reads }: StateDiff, sender: Uint8Array): number[] {
  const locations: number[] = []
  for (const { address, fields, slots } of reads) {
    for (const key of slots) locations.push(hash(KIND_SLOT, address, key))
    if (fields === 0 || equalBytes(address, sender)) continue
    for (const [field, kind] of FIELDS) {
      if (fields & field) locations.push(hash(kind, address, NO_BYTES))
    }
  }
  return locations
}
