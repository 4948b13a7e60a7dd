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

/** The accounts of the newest sealed block, moved by what has committed since. */
export class CommittedAccounts implements AccountReader {
  readonly #sealed: StateView
  readonly #changed = new Map<Hex, SenderAccount>()

  constructor(sealed: StateView) {
    this.#sealed = sealed
  }

  account(address: Uint8Array): SenderAccount {
    const changed = this.#changed.get(bytesToHex(address))
    if (changed !== undefined) return changed
    const account = this.#sealed.account(address)
    if (account === undefined) return NOBODY
    const { nonce, balance, codeHash } = account
    const hasCode = !equalBytes(codeHash, EMPTY_CODE_HASH)
    return { nonce, balance, maySend: !hasCode || maySend(this.#sealed.code(codeHash)) }
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

  /** All that was noted is sealed. */
  clear(): void {
    this.#changed.clear()
  }
}

function maySend(code: Uint8Array): boolean {
  return code.length === 0 || isDelegation(code)
}
