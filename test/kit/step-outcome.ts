/** What a step of a block comes to, in a form in which two ways of executing it can be compared. */

import type { Receipt } from '@shredcast/shared/chain/receipt'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { InvalidReason } from '@shredcast/shared/engine/reference/execution-result'
import { bytesToHex, compareBytes } from '@shredcast/shared/primitives/bytes'

export type StepOutcome =
  | { readonly type: 'rejected'; readonly reason: InvalidReason }
  | {
      readonly type: 'transaction'
      readonly shredIndex: number
      readonly sender: Uint8Array
      readonly receipt: Receipt
      readonly startingLogIndex: number
      readonly changes: readonly StateChange[]
    }
  | {
      readonly type: 'system'
      readonly requests: readonly Uint8Array[]
      readonly changes: readonly StateChange[]
    }

export function outcomeOf(step: CommittedStep): StepOutcome {
  if (step.type === 'rejected') return { type: step.type, reason: step.reason }
  const changes = sortedChanges(step.diff.changes)
  if (step.type === 'system') return { type: step.type, requests: step.requests, changes }
  const { type, shredIndex, sender, receipt, startingLogIndex } = step
  return { type, shredIndex, sender, receipt, startingLogIndex, changes }
}

/**
 * Accounts and slots in ascending order, and each account's fields in one order. Whether a slot was
 * written lazily is not told: that is the engine's own way to the same value.
 */
export function sortedChanges(changes: readonly StateChange[]): StateChange[] {
  return [...changes]
    .sort((a, b) => compareBytes(a.address, b.address))
    .map(({ address, balance, nonce, code, storageCleared, slots }) => ({
      address,
      ...(balance === undefined ? {} : { balance }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(code === undefined ? {} : { code }),
      ...(storageCleared === undefined ? {} : { storageCleared }),
      slots: slots
        .map(({ key, value }) => ({ key, value }))
        .sort((a, b) => compareBytes(a.key, b.key)),
    }))
}

/** Equal for equal values, and far cheaper to compare; a block has ten thousands of them. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return bytesToHex(part)
    return typeof part === 'bigint' ? String(part) : part
  })
}
