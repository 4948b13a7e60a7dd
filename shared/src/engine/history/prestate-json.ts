/** Accounts before and behind a transaction as JSON, in the shape of go-ethereum's `prestateTracer`. */

import type { PrestateTracerOptions } from '../../chain/trace-choice.ts'
import type { Hex } from '../../primitives/bytes.ts'
import { bytesToHex, hexToBytes } from '../../primitives/bytes.ts'
import type { CodeRef, StateAccess } from '../reference/state-access.ts'

/** An account before the transaction. */
export interface MetAccount {
  readonly address: Uint8Array
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: CodeRef | undefined
  readonly wasEmpty: boolean
  /** Slots that were met, and their values. */
  readonly slots: Map<Hex, Hex>
}

/** Characters of an account without code and slots, and of a slot, about. */
export const ACCOUNT_LENGTH = 250
export const SLOT_LENGTH = 140

const ZERO_WORD: Hex = `0x${'00'.repeat(32)}`

type Shown = Pick<PrestateTracerOptions, 'disableCode' | 'disableStorage'>

/** An object of accounts, by address. */
export function stateJson(accounts: readonly string[]): string {
  // Each begins with its address.
  return `{${[...accounts].sort().join(',')}}`
}

/** The account as it was, a member of `stateJson`. */
export function metJson(
  { address, balance, nonce, code }: MetAccount,
  { disableCode }: Shown,
  slots: ReadonlyMap<Hex, Hex>,
): string {
  const hasCode = code !== undefined && code.bytes.length > 0
  return memberJson(address, [
    quotedQuantity('balance', balance),
    hasCode && !disableCode && `"code":"${bytesToHex(code.bytes)}"`,
    hasCode && `"codeHash":"${bytesToHex(code.hash)}"`,
    nonce > 0n && `"nonce":${nonce}`,
    slotsJson(slots),
  ])
}

/** What of the account has changed, before and after; undefined when that is nothing. */
export function changeJson(
  account: MetAccount,
  state: Pick<StateAccess, 'balance' | 'nonce' | 'code' | 'slot'>,
  shown: Shown,
): { readonly pre: string; readonly post: string } | undefined {
  const { address } = account
  const [balance, nonce] = [state.balance(address), state.nonce(address)]
  const code = bytesToHex(state.code(address)?.bytes ?? new Uint8Array(0))
  const isCodeChanged = code !== bytesToHex(account.code?.bytes ?? new Uint8Array(0))
  // Where no code is left, the hash is zero.
  const codeHash =
    code === '0x' ? ZERO_WORD : bytesToHex(state.code(address)?.hash ?? new Uint8Array(0))
  const { before, after } = changedSlots(account, state)
  const fields = [
    balance !== account.balance && quotedQuantity('balance', balance),
    isCodeChanged && !shown.disableCode && `"code":"${code}"`,
    isCodeChanged && `"codeHash":"${codeHash}"`,
    nonce !== account.nonce && `"nonce":${nonce}`,
    slotsJson(after),
  ]
  if (fields.every((field) => field === false) && before.size === 0) return undefined
  return { pre: metJson(account, shown, before), post: memberJson(address, fields) }
}

/** Zeros are left out. */
function changedSlots({ address, slots }: MetAccount, state: Pick<StateAccess, 'slot'>) {
  const before = new Map<Hex, Hex>()
  const after = new Map<Hex, Hex>()
  for (const [key, old] of slots) {
    const value = bytesToHex(state.slot(address, hexToBytes(key)))
    if (value === old) continue
    if (old !== ZERO_WORD) before.set(key, old)
    if (value !== ZERO_WORD) after.set(key, value)
  }
  return { before, after }
}

function slotsJson(slots: ReadonlyMap<Hex, Hex>): string | false {
  const members = [...slots].map(([key, value]) => `"${key}":"${value}"`).sort()
  return members.length > 0 && `"storage":{${members.join(',')}}`
}

function quotedQuantity(name: string, value: bigint): string {
  return `"${name}":"0x${value.toString(16)}"`
}

function memberJson(address: Uint8Array, fields: readonly (string | false)[]): string {
  const members = fields.filter((field) => field !== false)
  return `"${bytesToHex(address)}":{${members.join(',')}}`
}
