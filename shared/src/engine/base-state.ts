/**
 * Fills the core's locations with the state before the block: with the whole state that execution may
 * touch, or, beside a reader, with what was changed by hand and the reader does not know yet; then it
 * changes with each block.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { SlotChange, StateChange, StateDiff } from '../chain/state-change.ts'
import {
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '../layout/records.ts'
import { storageEpoch, storeCode } from './core-state.ts'
import type { CoreThread } from './core-thread.ts'
import { setAddress, setKey, setValue, setValueBytes, value } from './core-thread.ts'

/** Second limb of a storage epoch: the account has storage, but neither code nor nonce (EIP-7610). */
const ORPHAN_STORAGE = 1n << 64n

/** Host only, while no block is open. */
export function loadAccounts(host: CoreThread, accounts: Iterable<GenesisAccount>): void {
  for (const account of accounts) loadAccount(host, account)
}

function loadAccount(host: CoreThread, account: GenesisAccount): void {
  setAddress(host, account.address)
  setValue(host, account.balance)
  host.core.setBase(KIND_BALANCE)
  setValue(host, account.nonce)
  host.core.setBase(KIND_NONCE)
  if (account.isRecorded !== false) {
    setValue(host, BigInt(storeCode(host, account.code)))
    host.core.setBase(KIND_CODE)
  }
  let hasStorage = false
  for (const slot of account.storage) {
    setKey(host, slot.key)
    setValueBytes(host, slot.value)
    host.core.setBase(KIND_SLOT)
    hasStorage ||= isSet(slot)
  }
  if (hasStorage && account.code.length === 0 && account.nonce === 0n) {
    setValue(host, ORPHAN_STORAGE)
    host.core.setBase(KIND_STORAGE_EPOCH)
  }
}

/** Host only, while no block is open and none that was can be read any more. */
export function editAccounts(host: CoreThread, changes: readonly StateChange[]): void {
  for (const change of changes) editAccount(host, change)
}

function editAccount(host: CoreThread, change: StateChange): void {
  const { code, storageCleared, slots } = change
  const isDeleted = code === null
  const { balance = isDeleted ? 0n : undefined, nonce = isDeleted ? 0n : undefined } = change
  setAddress(host, change.address)
  setBase(host, KIND_BALANCE, balance)
  setBase(host, KIND_NONCE, nonce)
  if (code !== undefined)
    setBase(host, KIND_CODE, code === null ? 0n : BigInt(storeCode(host, code)))
  // Before the slots, which are of the new storage. No step writes the epoch of a step before 0.
  const isEmptied = isDeleted || storageCleared
  const hasStorage = slots.some(isSet)
  const epoch = isEmptied ? storageEpoch(host, -1) : knownEpoch(host)
  // Of an account with code or nonce nobody asks; one that is left without has it from here.
  if (isEmptied || hasStorage) {
    setBase(host, KIND_STORAGE_EPOCH, epoch | (hasStorage ? ORPHAN_STORAGE : 0n))
  }
  for (const { key, value } of slots) {
    setKey(host, key)
    setValueBytes(host, value)
    host.core.setBase(KIND_SLOT)
  }
}

/** What the steps of a block wrote, in order, becomes the state. Host only, behind the gate. */
export function adoptDiffs(host: CoreThread, diffs: readonly StateDiff[]): void {
  for (const [txIndex, { changes }] of diffs.entries()) {
    for (const change of changes) adoptChange(host, txIndex, change)
  }
}

function adoptChange(host: CoreThread, txIndex: number, change: StateChange): void {
  const { code, storageCleared } = change
  const { balance, nonce } = code === null ? { balance: 0n, nonce: 0n, ...change } : change
  const set = (kind: number, value: bigint) => {
    setValue(host, value)
    host.core.setBase(kind)
  }
  setAddress(host, change.address)
  // The epoch goes first: what is written into the emptied storage is of the new one.
  if (storageCleared || code === null) set(KIND_STORAGE_EPOCH, storageEpoch(host, txIndex))
  if (balance !== undefined) set(KIND_BALANCE, balance)
  if (nonce !== undefined) set(KIND_NONCE, nonce)
  if (code !== undefined) set(KIND_CODE, BigInt(code === null ? 0 : storeCode(host, code)))
  for (const { key, value } of change.slots) {
    setKey(host, key)
    setValueBytes(host, value)
    host.core.setBase(KIND_SLOT)
  }
}

/** Zero where it is not cached: nothing was emptied since the last eviction then. */
function knownEpoch(host: CoreThread): bigint {
  return host.core.readCommitted(0, KIND_STORAGE_EPOCH) === 0 ? 0n : value(host)
}

function isSet(slot: SlotChange): boolean {
  return slot.value.some((byte) => byte !== 0)
}

function setBase(host: CoreThread, kind: number, value: bigint | undefined): void {
  if (value === undefined) return
  setValue(host, value)
  host.core.setBase(kind)
}
