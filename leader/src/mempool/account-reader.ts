/** What the pool asks of the state: the sender's account behind the newest committed transaction. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { StateView } from '@shredcast/shared/chain/state-reader'
import { isDelegation } from '@shredcast/shared/engine/reference/delegation'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_CODE_HASH } from '@shredcast/shared/primitives/keccak'

export interface SenderAccount {
  readonly nonce: bigint
  /** In wei. */
  readonly balance: bigint
  /** EIP-3607: without code, or delegated (EIP-7702). */
  readonly maySend: boolean
}

/** Answers at once. */
export interface AccountReader {
  /** An account that does not exist has nonce and balance 0. */
  account(address: Uint8Array): SenderAccount
}

const NOBODY: SenderAccount = { nonce: 0n, balance: 0n, maySend: true }

/** The accounts of the newest stored block, moved by what has committed since. */
export class CommittedAccounts implements AccountReader {
  readonly #stored: StateView
  /** By the open block. */
  #changed = new Map<Hex, SenderAccount>()
  /** By a sealed block that is not stored yet. */
  #sealed = new Map<Hex, SenderAccount>()

  constructor(stored: StateView) {
    this.#stored = stored
  }

  account(address: Uint8Array): SenderAccount {
    const key = bytesToHex(address)
    const changed = this.#changed.get(key) ?? this.#sealed.get(key)
    if (changed !== undefined) return changed
    const account = this.#stored.account(address)
    if (account === undefined) return NOBODY
    const { nonce, balance, codeHash } = account
    const hasCode = !equalBytes(codeHash, EMPTY_CODE_HASH)
    return { nonce, balance, maySend: !hasCode || maySend(this.#stored.code(codeHash)) }
  }

  /** Takes over what a committed step wrote. */
  note(changes: readonly StateChange[]): void {
    for (const { address, code, balance, nonce } of changes) {
      if (code === undefined && balance === undefined && nonce === undefined) continue
      const before = code === null ? NOBODY : this.account(address)
      this.#changed.set(bytesToHex(address), {
        nonce: nonce ?? before.nonce,
        balance: balance ?? before.balance,
        maySend: code ? maySend(code) : before.maySend,
      })
    }
  }

  /** The open block is sealed; all before it is stored. */
  seal(): void {
    this.#sealed = this.#changed
    this.#changed = new Map()
  }

  /** The sealed block is stored. */
  stored(): void {
    this.#sealed = new Map()
  }

  /** The open block is dropped. */
  drop(): void {
    this.#changed = new Map()
  }
}

function maySend(code: Uint8Array): boolean {
  return code.length === 0 || isDelegation(code)
}
