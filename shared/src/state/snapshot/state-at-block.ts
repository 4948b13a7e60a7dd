/**
 * All accounts and slots behind a recent block, in order of key: those of the newest state, with what
 * later blocks changed as it was before (`store/repositories/change-set-repository.ts`).
 */

import { compareBytes } from '../../primitives/bytes.ts'
import type { StoredAccount } from '../../store/repositories/account-repository.ts'
import type { StoreTables } from '../../store/store.ts'

interface Keyed<T> {
  readonly key: Uint8Array
  readonly value: T
}

type StateTables = Pick<StoreTables, 'accounts' | 'slots' | 'changeSets'>

/** Accounts behind block `number` from address `start` on. The store must not change meanwhile. */
export function accountsAt(
  { accounts, changeSets }: StateTables,
  number: bigint,
  start: Uint8Array,
): Generator<Keyed<StoredAccount>> {
  const newest = mapped(accounts.all(start), ({ address, account }) => {
    return { key: address, value: account }
  })
  const before = mapped(changeSets.accountsAfter(start, number), (change) => {
    return { key: change.address, value: change.before }
  })
  return overlaid(newest, before)
}

/** Slots of an account behind block `number` from key `start` on; values of 32 bytes, none zero. */
export function slotsAt(
  { slots, changeSets }: StateTables,
  number: bigint,
  { address, start }: { address: Uint8Array; start: Uint8Array },
): Generator<Keyed<Uint8Array>> {
  const before = mapped(changeSets.slotsAfter(address, start, number), ({ key, before }) => {
    return { key, value: before.some((byte) => byte !== 0) ? before : undefined }
  })
  return overlaid(slots.ofAccount(address, start), before)
}

/** Both ascend by key; where `over` has a key its value holds, and undefined takes the key away. */
function* overlaid<T>(
  under: Generator<Keyed<T>>,
  over: Generator<Keyed<T | undefined>>,
): Generator<Keyed<T>> {
  try {
    let below = under.next()
    for (const { key, value } of over) {
      while (!below.done && compareBytes(below.value.key, key) < 0) {
        yield below.value
        below = under.next()
      }
      if (!below.done && compareBytes(below.value.key, key) === 0) below = under.next()
      if (value !== undefined) yield { key, value }
    }
    while (!below.done) {
      yield below.value
      below = under.next()
    }
  } finally {
    under.return(undefined)
    over.return(undefined)
  }
}

function* mapped<T, U>(source: Generator<T>, map: (value: T) => U): Generator<U> {
  for (const value of source) yield map(value)
}
