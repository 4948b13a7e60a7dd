/**
 * A state that follows what the steps of a block say they changed. What a step changed is then told
 * anew, as the values that are different behind it, so that executions are equal exactly when nobody
 * can tell their states apart: a delta or a post-value, a slot written as it was, a storage cleared
 * that was empty, make no difference.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

/** What became different in one account. */
export interface Difference {
  readonly address: Hex
  readonly exists?: boolean
  readonly balance?: bigint
  readonly nonce?: bigint
  readonly code?: Hex
  readonly slots?: readonly (readonly [key: Hex, value: Hex])[]
}

interface Account {
  balance: bigint
  nonce: bigint
  /** Undefined: not recorded. */
  code: Hex | undefined
  slots: ReadonlyMap<Hex, Hex>
}

const ZERO_WORD: Hex = `0x${'00'.repeat(32)}`
const ABSENT: Account = { balance: 0n, nonce: 0n, code: undefined, slots: new Map() }

export class ModelState {
  readonly #accounts = new Map<Hex, Account>()
  readonly #emptyAccountsExist: boolean

  constructor(accounts: readonly GenesisAccount[], fork: Hardfork) {
    this.#emptyAccountsExist = !isAtLeast(fork, 'spuriousDragon')
    for (const { address, balance, nonce, code, storage } of accounts) {
      const slots = new Map(storage.map(({ key, value }) => [bytesToHex(key), bytesToHex(value)]))
      this.#accounts.set(bytesToHex(address), { balance, nonce, code: bytesToHex(code), slots })
    }
  }

  nonce(address: Uint8Array): bigint {
    return this.#accounts.get(bytesToHex(address))?.nonce ?? 0n
  }

  balance(address: Uint8Array): bigint {
    return this.#accounts.get(bytesToHex(address))?.balance ?? 0n
  }

  /** Takes over the changes of a step; what they make different, by address. */
  apply(changes: readonly StateChange[]): Difference[] {
    const differences: Difference[] = []
    for (const change of changes) {
      const address = bytesToHex(change.address)
      const before = this.#accounts.get(address) ?? ABSENT
      const after = changed(before, change)
      this.#accounts.set(address, after)
      const difference = this.#difference(address, before, after)
      if (difference !== undefined) differences.push(difference)
    }
    return differences.sort((a, b) => (a.address < b.address ? -1 : 1))
  }

  #difference(address: Hex, before: Account, after: Account): Difference | undefined {
    const slots = changedSlots(before.slots, after.slots)
    const exists = this.#exists(after)
    const difference: Difference = {
      address,
      ...(this.#exists(before) !== exists && { exists }),
      ...(before.balance !== after.balance && { balance: after.balance }),
      ...(before.nonce !== after.nonce && { nonce: after.nonce }),
      ...((before.code ?? '0x') !== (after.code ?? '0x') && { code: after.code ?? '0x' }),
      ...(slots.length > 0 && { slots }),
    }
    return Object.keys(difference).length === 1 ? undefined : difference
  }

  /** From Spurious Dragon on an empty account is none (EIP-161). */
  #exists({ balance, nonce, code }: Account): boolean {
    if (balance > 0n || nonce > 0n || (code ?? '0x') !== '0x') return true
    return this.#emptyAccountsExist && code !== undefined
  }
}

function changed(before: Account, change: StateChange): Account {
  const isSame = change.storageCleared === undefined && change.slots.length === 0
  let slots = before.slots
  if (!isSame) {
    const written = new Map(change.storageCleared ? [] : before.slots)
    for (const { key, value } of change.slots) written.set(bytesToHex(key), bytesToHex(value))
    slots = written
  }
  return {
    balance: change.balance ?? before.balance,
    nonce: change.nonce ?? before.nonce,
    code:
      change.code === undefined
        ? before.code
        : change.code === null
          ? undefined
          : bytesToHex(change.code),
    slots,
  }
}

function changedSlots(
  before: ReadonlyMap<Hex, Hex>,
  after: ReadonlyMap<Hex, Hex>,
): (readonly [Hex, Hex])[] {
  if (before === after) return []
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].sort().flatMap((key) => {
    const value = after.get(key) ?? ZERO_WORD
    return value === (before.get(key) ?? ZERO_WORD) ? [] : [[key, value] as const]
  })
}
