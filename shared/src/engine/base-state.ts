/**
 * Fills the core's locations with the state before the block: all that execution may touch is loaded
 * beforehand, what is not there does not exist; then it changes with each block.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
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
