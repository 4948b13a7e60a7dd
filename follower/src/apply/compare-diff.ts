/**
 * Compares the state diff of an executed step with the one that was sent: first what was read, then
 * what was written, account by account in order of address, then which of the writes were lazy.
 */

import type {
  SlotChange,
  StateChange,
  StateDiff,
  StateRead,
} from '@shredcast/shared/chain/state-change'
import {
  READ_BALANCE,
  READ_CODE,
  READ_NONCE,
  READ_STORAGE_EPOCH,
} from '@shredcast/shared/chain/state-change'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { aligned } from './aligned.ts'
import type { Difference, DifferenceLocation, Showable } from './difference.ts'
import { difference } from './difference.ts'

type AccountField = 'balance' | 'nonce' | 'code' | 'storageEpoch'

const READ_FIELDS: readonly (readonly [number, AccountField])[] = [
  [READ_BALANCE, 'balance'],
  [READ_NONCE, 'nonce'],
  [READ_CODE, 'code'],
  [READ_STORAGE_EPOCH, 'storageEpoch'],
]

const addressOf = (entry: { readonly address: Uint8Array }) => entry.address
const keyOf = (slot: SlotChange) => slot.key

/** The first read of `own` that `sent` does not declare; declaring more than was read is allowed. */
export function undeclaredRead(own: StateDiff, sent: StateDiff): Difference | undefined {
  for (const [read, declared] of aligned(own.reads, sent.reads, addressOf)) {
    const location = read && undeclaredLocation(read, declared)
    if (location !== undefined) return difference('undeclaredRead', location, 'read', null)
  }
  return undefined
}

function undeclaredLocation(
  read: StateRead,
  declared: StateRead | undefined,
): DifferenceLocation | undefined {
  const address = bytesToHex(read.address)
  const undeclared = read.fields & ~(declared?.fields ?? 0)
  for (const [field, kind] of READ_FIELDS) {
    if (undeclared & field) return { kind, address }
  }
  for (const [key, declaredKey] of aligned(read.slots, declared?.slots ?? [], (slot) => slot)) {
    if (key !== undefined && declaredKey === undefined) {
      return { kind: 'slot', address, key: bytesToHex(key) }
    }
  }
  return undefined
}

/** The first write, or lazy amount, on which the two differ. */
export function differentWrite(own: StateDiff, sent: StateDiff): Difference | undefined {
  for (const [change, listed] of aligned(own.changes, sent.changes, addressOf)) {
    const found = differentAccount(change, listed)
    if (found !== undefined) return found
  }
  for (const [delta, listed] of aligned(own.deltas, sent.deltas, addressOf)) {
    if (delta?.amount === listed?.amount) continue
    const address = bytesToHex((delta ?? listed)!.address)
    return difference('delta', { kind: 'balance', address }, delta?.amount, listed?.amount)
  }
  return undefined
}

function differentAccount(
  own: StateChange | undefined,
  sent: StateChange | undefined,
): Difference | undefined {
  for (const [kind, fieldOf] of FIELDS) {
    const found = differentValue(fieldOf(own), fieldOf(sent), () => {
      return { kind, address: bytesToHex((own ?? sent)!.address) }
    })
    if (found !== undefined) return found
  }
  for (const [slot, listed] of aligned(own?.slots ?? [], sent?.slots ?? [], keyOf)) {
    const locate = (): DifferenceLocation => {
      const address = bytesToHex((own ?? sent)!.address)
      return { kind: 'slot', address, key: bytesToHex((slot ?? listed)!.key) }
    }
    const found = differentValue(slot?.value, listed?.value, locate)
    if (found !== undefined) return found
    if (slot?.delta !== listed?.delta) {
      return difference('delta', locate(), slot?.delta, listed?.delta)
    }
  }
  return differentPresence(own, sent)
}

type FieldOf = (change: StateChange | undefined) => Showable

/** In the order they are compared. `null` code deletes the account: a write like any other. */
const FIELDS: readonly (readonly [AccountField, FieldOf])[] = [
  ['balance', (change) => change?.balance],
  ['nonce', (change) => change?.nonce],
  ['code', (change) => (change?.code === null ? 'account deleted' : change?.code)],
  ['storageEpoch', (change) => change?.storageCleared && 'storage cleared'],
]

/** An account is listed for what it changed; one without any change has no place in a diff. */
function differentPresence(
  own: StateChange | undefined,
  sent: StateChange | undefined,
): Difference | undefined {
  if (own !== undefined && sent !== undefined) return undefined
  const location = { kind: 'account', address: bytesToHex((own ?? sent)!.address) } as const
  if (sent === undefined) return difference('missingWrite', location, 'listed', null)
  return difference('extraWrite', location, null, 'listed')
}

function differentValue(
  own: Showable,
  sent: Showable,
  locate: () => DifferenceLocation,
): Difference | undefined {
  if (own === sent) return undefined
  if (own === undefined) return difference('extraWrite', locate(), own, sent)
  if (sent === undefined) return difference('missingWrite', locate(), own, sent)
  if (own instanceof Uint8Array && sent instanceof Uint8Array && equalBytes(own, sent)) {
    return undefined
  }
  return difference('wrongValue', locate(), own, sent)
}
