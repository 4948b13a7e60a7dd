/**
 * Accounts that a block leaves without record, nonce and balance. Execution deletes what was recorded;
 * of any other account it only takes the balance, as when a funded address is created and destroyed in
 * one transaction. A trie that has such an account from its stored node, which does not say whether it
 * was recorded, has to be told.
 */

import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import type { StoreTables } from '../store/store.ts'

interface Existence {
  readonly address: Uint8Array
  nonce: bigint
  balance: bigint
  isRecorded: boolean
}

/** The deletions that follow the block's own changes; `tables` are those before the block. */
export function emptiedAccounts(tables: StoreTables, diffs: readonly StateDiff[]): StateChange[] {
  const drained = new Map<Hex, Existence>()
  for (const { changes } of diffs) {
    for (const { address, balance } of changes) {
      const id = bytesToHex(address)
      if (balance === 0n && !drained.has(id)) drained.set(id, existenceOf(tables, address))
    }
  }
  if (drained.size === 0) return []
  for (const { changes } of diffs) {
    for (const change of changes) fold(drained.get(bytesToHex(change.address)), change)
  }
  return [...drained.values()]
    .filter(({ nonce, balance, isRecorded }) => !isRecorded && nonce === 0n && balance === 0n)
    .map(({ address }) => ({ address, code: null, slots: [] }))
}

function existenceOf(tables: StoreTables, address: Uint8Array): Existence {
  const account = tables.snapshot(() => tables.accounts.get(address))
  const { nonce = 0n, balance = 0n, isRecorded = false } = account ?? {}
  return { address, nonce, balance, isRecorded }
}

function fold(account: Existence | undefined, change: StateChange): void {
  if (account === undefined) return
  if (change.code === null) {
    account.nonce = 0n
    account.balance = 0n
    account.isRecorded = false
  }
  account.balance = change.balance ?? account.balance
  account.nonce = change.nonce ?? account.nonce
  if (change.code) account.isRecorded = true
}
