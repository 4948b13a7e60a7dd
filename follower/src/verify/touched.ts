/** Which accounts and slots steps touch: all that has to be known of the state to execute them again. */

import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

/** Slot keys by address, both in ascending order. */
export type Touched = ReadonlyMap<Hex, readonly Hex[]>

/** What the steps read, changed, or added to without reading. */
export function touchedBy(diffs: readonly StateDiff[]): Touched {
  const touched = new Map<Hex, Set<Hex>>()
  const slotsOf = (address: Uint8Array): Set<Hex> => {
    const name = bytesToHex(address)
    const known = touched.get(name) ?? new Set<Hex>()
    touched.set(name, known)
    return known
  }
  for (const { reads, changes, deltas } of diffs) {
    for (const { address, slots } of reads) {
      const keys = slotsOf(address)
      for (const key of slots) keys.add(bytesToHex(key))
    }
    for (const { address, slots } of changes) {
      const keys = slotsOf(address)
      for (const { key } of slots) keys.add(bytesToHex(key))
    }
    for (const { address } of deltas) slotsOf(address)
  }
  return new Map(
    [...touched]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, keys]) => [name, [...keys].sort()]),
  )
}

/** The first thing of `needed` that is not in `known`, in words. */
export function missingFrom(known: Touched, needed: Touched): string | undefined {
  for (const [address, slots] of needed) {
    const knownSlots = known.get(address)
    if (knownSlots === undefined) return `account ${address}`
    const slot = slots.find((key) => !knownSlots.includes(key))
    if (slot !== undefined) return `slot ${slot} of ${address}`
  }
  return undefined
}
