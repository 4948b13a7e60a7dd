/**
 * The diffs of a block's steps folded into one set of writes, and what stood there before. A state
 * change means what a `StateTrie` takes it for: `code` null makes a new account without storage, and
 * at the block's end an account that is neither recorded nor has nonce or balance is not there.
 */

import type { StateChange } from '../chain/state-change.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, compareBytes, equalBytes } from '../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../primitives/keccak.ts'
import type { StoredAccount } from '../store/repositories/account-repository.ts'
import { encodeAccount } from '../store/repositories/account-repository.ts'
import type {
  AccountBefore,
  ChangeSet,
  SlotBefore,
} from '../store/repositories/change-set-repository.ts'
import type { StoreTables } from '../store/store.ts'

/** An account while the block's changes are folded into it. */
interface AccountDraft {
  readonly address: Uint8Array
  readonly before: StoredAccount | undefined
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  isRecorded: boolean
  /** All that was stored is gone; `slots` were written after that. */
  isCleared: boolean
  readonly slots: Map<Hex, { readonly key: Uint8Array; readonly value: Uint8Array }>
}

type StateTables = Pick<StoreTables, 'accounts' | 'slots' | 'codes'>

/**
 * Within a transaction: applies changes in order; returns what was there before. Execution has read
 * what it changed, so what was not there then is not looked for again.
 */
export function writeChanges(tables: StateTables, changes: Iterable<StateChange>): ChangeSet {
  const drafts = new Map<Hex, AccountDraft>()
  for (const change of changes) {
    const id = bytesToHex(change.address)
    const draft = drafts.get(id) ?? draftOf(tables, change.address)
    drafts.set(id, draft)
    fold(tables, draft, change)
  }
  const accounts: AccountBefore[] = []
  const slots: SlotBefore[] = []
  // In order of key, so that LMDB changes one page after another.
  for (const draft of [...drafts.values()].sort((a, b) => compareBytes(a.address, b.address))) {
    slots.push(...writeSlots(tables, draft))
    if (writeAccount(tables, draft)) accounts.push(draft)
  }
  return { accounts, slots }
}

function draftOf({ accounts }: StateTables, address: Uint8Array): AccountDraft {
  const before = accounts.find(address)
  return {
    address,
    before,
    nonce: before?.nonce ?? 0n,
    balance: before?.balance ?? 0n,
    codeHash: before?.codeHash ?? EMPTY_CODE_HASH,
    isRecorded: before?.isRecorded ?? false,
    isCleared: false,
    slots: new Map(),
  }
}

function fold({ codes }: StateTables, draft: AccountDraft, change: StateChange): void {
  if (change.code === null) {
    draft.nonce = 0n
    draft.balance = 0n
    draft.codeHash = EMPTY_CODE_HASH
    draft.isRecorded = false
  }
  if (change.balance !== undefined) draft.balance = change.balance
  if (change.nonce !== undefined) draft.nonce = change.nonce
  if (change.code) {
    draft.codeHash = keccak256(change.code)
    draft.isRecorded = true
    if (change.code.length > 0) codes.add(draft.codeHash, change.code)
  }
  if (change.code === null || change.storageCleared) clear(draft)
  for (const slot of change.slots) draft.slots.set(bytesToHex(slot.key), slot)
}

function clear(draft: AccountDraft): void {
  draft.isCleared = true
  draft.slots.clear()
}

function exists({ isRecorded, nonce, balance }: AccountDraft): boolean {
  return isRecorded || nonce !== 0n || balance !== 0n
}

/** Writes the slots that differ from what is stored; returns what was there. */
function writeSlots({ slots }: StateTables, draft: AccountDraft): SlotBefore[] {
  const { address } = draft
  if (!exists(draft)) clear(draft)
  const changed: SlotBefore[] = []
  if (draft.isCleared && draft.before?.hasStorage) {
    for (const { key, value } of [...slots.ofAccount(address)]) {
      if (draft.slots.has(bytesToHex(key))) continue
      changed.push({ address, key, before: value })
      slots.put(address, key, new Uint8Array(value.length))
    }
  }
  const written = [...draft.slots.values()].sort((a, b) => compareBytes(a.key, b.key))
  for (const { key, value } of written) {
    const before = slots.find(address, key)
    if (equalBytes(before, value)) continue
    changed.push({ address, key, before })
    slots.put(address, key, value)
  }
  return changed
}

/** Writes the account, whose slots are written; false when it is as it was. */
function writeAccount({ accounts, slots }: StateTables, draft: AccountDraft): boolean {
  const { address, before, nonce, balance, codeHash, isRecorded } = draft
  if (!exists(draft)) {
    if (before !== undefined) accounts.remove(address)
    return before !== undefined
  }
  const hasStorage = hasStorageNow(draft, () => slots.hasAny(address))
  const account = { nonce, balance, codeHash, isRecorded, hasStorage }
  if (before && equalBytes(encodeAccount(before), encodeAccount(account))) return false
  accounts.put(address, account)
  return true
}

/** Looks into the table only when slots became zero and none is known that is not. */
function hasStorageNow(draft: AccountDraft, look: () => boolean): boolean {
  const written = [...draft.slots.values()]
  if (written.some(({ value }) => value.some((byte) => byte !== 0))) return true
  if (draft.isCleared || !draft.before?.hasStorage) return false
  return written.length === 0 || look()
}
