/**
 * What the user of a development chain changed by hand before a block. It is said in the block's opening,
 * so that followers apply the same and come to the same root; no other chain has any.
 */

import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, compareBytes } from '../primitives/bytes.ts'
import type { StateChange } from './state-change.ts'

const CHANGE_BYTES = 96
const SLOT_BYTES = 72

/** So many blocks may be taken back at once: followers keep what they need for it. */
export const REVERTED_BLOCKS_MAX = 16_384n

export interface BlockEdits {
  /** Values in place of those behind the parent, by address. `code` null: nothing of it is left. */
  readonly changes: readonly StateChange[]
  /** The context's base fee is not the one that follows from the parent. */
  readonly isBaseFeeSet?: true
  /** The context's gas limit may be further from the parent's than a block may go. */
  readonly isGasLimitSet?: true
}

/** Of all changes at once: a message with them has room for the block's opening too. */
export const EDIT_BYTES_MAX = 12 * 2 ** 20

/** At most what the changes take in a message. */
export function editBytes(changes: readonly StateChange[]): number {
  return changes.reduce((sum, { code, slots }) => {
    return sum + CHANGE_BYTES + (code?.length ?? 0) + slots.length * SLOT_BYTES
  }, 0)
}

/** One change for each account, in order of address; what comes later covers what came before. */
export function mergedChanges(changes: readonly StateChange[]): StateChange[] {
  const merged = new Map<Hex, StateChange>()
  for (const change of changes) {
    const id = bytesToHex(change.address)
    const before = merged.get(id)
    merged.set(id, before === undefined || change.code === null ? change : cover(before, change))
  }
  return [...merged.values()].sort((a, b) => compareBytes(a.address, b.address))
}

function cover(before: StateChange, change: StateChange): StateChange {
  const slots = new Map(before.slots.map((slot) => [bytesToHex(slot.key), slot]))
  for (const slot of change.slots) slots.set(bytesToHex(slot.key), slot)
  const sorted = [...slots.values()].sort((a, b) => compareBytes(a.key, b.key))
  // An account that was deleted and then has code again has it without its old storage.
  const isNew = before.code === null && change.code !== undefined
  const from = isNew ? { balance: 0n, nonce: 0n, ...before, storageCleared: true as const } : before
  return { ...from, ...change, slots: sorted }
}
