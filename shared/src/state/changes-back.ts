/** What moving the chain back does to the state, as a diff: from the change sets of its blocks. */

import type { StateChange } from '../chain/state-change.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, compareBytes } from '../primitives/bytes.ts'
import type { StoredAccount } from '../store/repositories/account-repository.ts'
import type { StoreTables } from '../store/store.ts'
import { LatestState } from './state-readers.ts'

interface AccountBack {
  readonly address: Uint8Array
  /** Undefined until a change set names the account; null when it did not exist. */
  account: StoredAccount | null | undefined
  readonly slots: Map<Hex, { readonly key: Uint8Array; readonly value: Uint8Array }>
}

/** Changes from the state behind block `head` to that behind `number`, by address. */
export function changesBack(tables: StoreTables, number: bigint, head: bigint): StateChange[] {
  const accounts = new Map<Hex, AccountBack>()
  const accountAt = (address: Uint8Array): AccountBack => {
    const id = bytesToHex(address)
    const known = accounts.get(id) ?? { address, account: undefined, slots: new Map() }
    accounts.set(id, known)
    return known
  }
  // The oldest block comes last: what was there before it is what was there behind `number`.
  for (let block = head; block > number; block--) {
    const changes = tables.changeSets.get(block)
    for (const { address, before } of changes.accounts) accountAt(address).account = before ?? null
    for (const { address, key, before } of changes.slots) {
      accountAt(address).slots.set(bytesToHex(key), { key, value: before })
    }
  }
  const sorted = [...accounts.values()].sort((a, b) => compareBytes(a.address, b.address))
  return sorted.map((account) => changeOf(tables, account))
}

function changeOf(tables: StoreTables, { address, account, slots }: AccountBack): StateChange {
  const sorted = [...slots.values()].sort((a, b) => compareBytes(a.key, b.key))
  if (account === null) return { address, code: null, slots: [] }
  if (account === undefined) return { address, slots: sorted }
  const { nonce, balance, codeHash, isRecorded, hasStorage } = account
  if (!isRecorded && !hasStorage) return { address, nonce, balance, code: null, slots: [] }
  const code = new LatestState(tables).code(codeHash)
  return { address, nonce, balance, code, slots: sorted }
}
