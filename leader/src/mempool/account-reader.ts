/** What the pool asks of the state: the sender's account behind the newest committed transaction. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { isDelegation } from '@shredcast/shared/engine/reference/delegation'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

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

/**
 * All accounts in memory, from a genesis on, moved by what commits. It grows as the state does,
 * which is in memory too, and is bounded by the state arena.
 */
export class CommittedAccounts implements AccountReader {
  readonly #accounts = new Map<Hex, SenderAccount>()

  constructor(accounts: Iterable<GenesisAccount>) {
    for (const { address, nonce, balance, code } of accounts) {
      this.#accounts.set(bytesToHex(address), { nonce, balance, maySend: maySend(code) })
    }
  }

  account(address: Uint8Array): SenderAccount {
    return this.#accounts.get(bytesToHex(address)) ?? NOBODY
  }

  /** Takes over what a committed step wrote. */
  note(changes: readonly StateChange[]): void {
    for (const change of changes) {
      if (change.code === null) {
        this.#accounts.delete(bytesToHex(change.address))
      } else if (change.balance !== undefined || change.nonce !== undefined || change.code) {
        const key = bytesToHex(change.address)
        const before = this.#accounts.get(key) ?? NOBODY
        this.#accounts.set(key, {
          nonce: change.nonce ?? before.nonce,
          balance: change.balance ?? before.balance,
          maySend: change.code === undefined ? before.maySend : maySend(change.code),
        })
      }
    }
  }
}

function maySend(code: Uint8Array): boolean {
  return code.length === 0 || isDelegation(code)
}
