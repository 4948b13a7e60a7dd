/**
 * Fills the core's locations with the state before the block. The whole state that execution may
 * touch is loaded beforehand; what is not there does not exist.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange } from '../chain/state-change.ts'
import {
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '../layout/records.ts'
import { storageEpoch, storeCode } from './core-state.ts'
import type { CoreThread } from './core-thread.ts'
import { setAddress, setKey, setValue, setValueBytes } from './core-thread.ts'

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
    hasStorage ||= slot.value.some((byte) => byte !== 0)
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
  if (isDeleted || storageCleared) setBase(host, KIND_STORAGE_EPOCH, storageEpoch(host, -1))
  for (const { key, value } of slots) {
    setKey(host, key)
    setValueBytes(host, value)
    host.core.setBase(KIND_SLOT)
  }
}

function setBase(host: CoreThread, kind: number, value: bigint | undefined): void {
  if (value === undefined) return
  setValue(host, value)
  host.core.setBase(kind)
}
