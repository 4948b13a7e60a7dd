/** The accounts that a leader of the development chain signs for, and those that it impersonates. */

import type {
  DevAccounts,
  SignedTransaction,
  UnsignedTransaction,
} from '@shredcast/protocol/rpc/dev-backend'
import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import { DEV_ADDRESSES, DEV_SECRET_KEYS } from '@shredcast/shared/chain/dev-genesis'
import { encodeTransaction } from '@shredcast/shared/chain/transaction'
import { impersonationSignature } from '@shredcast/shared/engine/sender'
import { signTransaction } from '@shredcast/shared/engine/sign-transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { TypedDataDefinition } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const IMPERSONATED_MAX = 10_000

export class SigningAccounts implements DevAccounts {
  isAutoImpersonating = false
  readonly #keys = new Map<Hex, Hex>(
    DEV_ADDRESSES.map((address, index) => [address, DEV_SECRET_KEYS[index]!]),
  )
  readonly #impersonated = new Set<Hex>()
  #turn: Promise<unknown> = Promise.resolve()

  get addresses(): readonly Uint8Array[] {
    return [...new Set([...DEV_ADDRESSES, ...this.#impersonated])].map(hexToBytes)
  }

  impersonate(address: Uint8Array): void {
    if (this.#impersonated.size >= IMPERSONATED_MAX) {
      throw new ChangeRefusedError(`at most ${IMPERSONATED_MAX} accounts are impersonated`)
    }
    this.#impersonated.add(bytesToHex(address))
  }

  stopImpersonating(address: Uint8Array): void {
    this.#impersonated.delete(bytesToHex(address))
  }

  /** As at the start. */
  reset(): void {
    this.#impersonated.clear()
    this.isAutoImpersonating = false
  }

  sign(transaction: UnsignedTransaction, sender: Uint8Array): SignedTransaction {
    const address = bytesToHex(sender)
    const key = this.#keys.get(address)
    if (key !== undefined) {
      const unsigned = { ...transaction, ...impersonationSignature(sender) }
      return { bytes: signTransaction(unsigned, hexToBytes(key)) }
    }
    if (!this.isAutoImpersonating && !this.#impersonated.has(address)) throw unknown(address)
    return this.unsigned(transaction, sender)
  }

  unsigned(transaction: UnsignedTransaction, sender: Uint8Array): SignedTransaction {
    const bytes = encodeTransaction({ ...transaction, ...impersonationSignature(sender) })
    return { bytes, impersonated: sender }
  }

  signMessage(address: Uint8Array, message: Uint8Array): Promise<Hex> {
    return this.#account(address).signMessage({ message: { raw: message } })
  }

  async signTypedData(address: Uint8Array, typedData: unknown): Promise<Hex> {
    const account = this.#account(address)
    try {
      return await account.signTypedData(typedData as TypedDataDefinition)
    } catch (cause) {
      const details = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
      throw new ChangeRefusedError(`not typed data by EIP-712: ${details}`, { cause })
    }
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  #account(bytes: Uint8Array) {
    const address = bytesToHex(bytes)
    const key = this.#keys.get(address)
    if (key === undefined) throw unknown(address)
    return privateKeyToAccount(key)
  }
}

function unknown(address: Hex): ChangeRefusedError {
  return new ChangeRefusedError(`no key for ${address}, and it is not impersonated`)
}
