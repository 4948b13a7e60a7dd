/**
 * Toy transactions for the simulated schedules: short programs over a few balances, rich enough to
 * meet every path of the scheduler (dynamic reads, absolute and delta writes, bounds that fail,
 * assumed values), small enough that the oracle is a loop over a map.
 */

import type { Random } from '@shredcast/shared/primitives/random'

export type ToyOp =
  | { readonly kind: 'read'; readonly place: number }
  /** Reads `place` or the place after it, depending on what was read before. */
  | { readonly kind: 'readDependent'; readonly place: number }
  | { readonly kind: 'write'; readonly place: number }
  | { readonly kind: 'delta'; readonly place: number; readonly amount: bigint }
  /** Valid only if the place holds exactly this; assumed without reading. */
  | { readonly kind: 'expect'; readonly place: number; readonly value: bigint }

export type ToyTransaction = readonly ToyOp[]

export interface ToyOutcome {
  readonly isValid: boolean
  /** Everything the transaction read, mixed into one number. */
  readonly digest: bigint
}

export const FIRST_VALUE = 100n
const DIGEST_BITS = 63

export function mixDigest(digest: bigint, value: bigint): bigint {
  return BigInt.asUintN(DIGEST_BITS, digest * 31n + value + 7n)
}

/** Least value that must be at the place before the delta: what a debit takes. */
export function requiredFor(amount: bigint): bigint {
  return amount < 0n ? -amount : 0n
}

export function dependentPlace(op: { place: number }, digest: bigint, placeCount: number): number {
  return (op.place + Number(digest & 1n)) % placeCount
}

/** A block of `txCount` transactions over `placeCount` balances; few places mean many conflicts. */
export function randomToyBlock(
  random: Random,
  txCount: number,
  placeCount: number,
): ToyTransaction[] {
  return Array.from({ length: txCount }, () => randomTransaction(random, placeCount))
}

function randomTransaction(random: Random, placeCount: number): ToyTransaction {
  const ops: ToyOp[] = []
  const written = new Set<number>()
  const length = 1 + random.below(5)
  for (let i = 0; i < length; i++) {
    const place = random.below(placeCount)
    const roll = random.below(100)
    if (roll < 30) ops.push({ kind: 'read', place })
    else if (roll < 45) ops.push({ kind: 'readDependent', place })
    else if (written.has(place)) continue
    else if (roll < 70) ops.push({ kind: 'write', place })
    else if (roll < 97) ops.push({ kind: 'delta', place, amount: BigInt(random.below(90) - 40) })
    else ops.push({ kind: 'expect', place, value: FIRST_VALUE })
    if (roll >= 45 && roll < 97) written.add(place)
  }
  return ops
}

/** The oracle: one transaction after the other on a plain array. */
export function runSequentially(
  block: readonly ToyTransaction[],
  placeCount: number,
): { values: bigint[]; outcomes: ToyOutcome[] } {
  const values = Array.from({ length: placeCount }, () => FIRST_VALUE)
  const outcomes = block.map((transaction) => runOne(transaction, values))
  return { values, outcomes }
}

function runOne(transaction: ToyTransaction, values: bigint[]): ToyOutcome {
  let digest = 1n
  const next = [...values]
  for (const op of transaction) {
    const before = values[op.place]!
    if (op.kind === 'read') digest = mixDigest(digest, before)
    if (op.kind === 'readDependent') {
      digest = mixDigest(digest, values[dependentPlace(op, digest, values.length)]!)
    }
    if (op.kind === 'write') next[op.place] = BigInt.asUintN(32, digest)
    if (op.kind === 'delta') {
      if (before < requiredFor(op.amount)) return { isValid: false, digest: 0n }
      next[op.place] = before + op.amount
    }
    if (op.kind === 'expect' && before !== op.value) return { isValid: false, digest: 0n }
  }
  next.forEach((value, place) => {
    values[place] = value
  })
  return { isValid: true, digest }
}
