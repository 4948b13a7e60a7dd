/** Two ordered lists side by side: the way everything that a shred lists is compared. */

import { compareBytes } from '@shredcast/shared/primitives/bytes'

/** What both lists have under one key; at least one side is there. */
export type Aligned<T> = readonly [own: T | undefined, sent: T | undefined]

/** Pairs of the entries of two lists that are in strictly ascending order of `keyOf`. */
export function* aligned<T>(
  own: readonly T[],
  sent: readonly T[],
  keyOf: (entry: T) => Uint8Array,
): Generator<Aligned<T>> {
  let o = 0
  let s = 0
  while (o < own.length || s < sent.length) {
    const order = orderOf(own[o], sent[s], keyOf)
    yield [order <= 0 ? own[o++] : undefined, order >= 0 ? sent[s++] : undefined]
  }
}

function orderOf<T>(own: T | undefined, sent: T | undefined, keyOf: (entry: T) => Uint8Array) {
  if (own === undefined) return 1
  if (sent === undefined) return -1
  return compareBytes(keyOf(own), keyOf(sent))
}
