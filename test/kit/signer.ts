/** Accounts with keys, which sign transactions of every type and EIP-7702 authorizations. */

import type { Authorization } from '@shredcast/shared/chain/authorization'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { signatureOf, signTransaction } from '@shredcast/shared/engine/sign-transaction'
import {
  bigIntToBytes,
  bigIntToMinimalBytes,
  concatBytes,
} from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import secp256k1 from 'secp256k1'

/** What a test says of a transaction; the rest is empty or zero. */
export type TransactionFields = Partial<Omit<Transaction, 'yParity' | 'r' | 's'>>

/** A legacy transaction that asks for nothing. */
export const UNSIGNED: Transaction = {
  type: 0,
  chainId: undefined,
  nonce: 0n,
  gasLimit: 21_000n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  to: undefined,
  value: 0n,
  data: new Uint8Array(0),
  accessList: [],
  maxFeePerBlobGas: 0n,
  blobVersionedHashes: [],
  authorizationList: [],
  yParity: 0,
  r: 0n,
  s: 0n,
}

export class Signer {
  readonly address: Uint8Array
  readonly #key: Uint8Array

  /** The same `index` is always the same account. */
  constructor(index: number) {
    this.#key = keccak256(bigIntToBytes(BigInt(index), 32))
    this.address = keccak256(secp256k1.publicKeyCreate(this.#key, false).subarray(1)).slice(12)
  }

  /** The signed transaction in its EIP-2718 form. */
  sign(fields: TransactionFields): Uint8Array {
    return signTransaction({ ...UNSIGNED, ...fields }, this.#key)
  }

  /** Lets the code at `address` stand for this account's own (EIP-7702). */
  authorize(fields: Pick<Authorization, 'chainId' | 'address' | 'nonce'>): Authorization {
    const { chainId, address, nonce } = fields
    const signed = encodeRlp([bigIntToMinimalBytes(chainId), address, bigIntToMinimalBytes(nonce)])
    const hash = keccak256(concatBytes(Uint8Array.of(0x05), signed))
    return { ...fields, ...signatureOf(hash, this.#key) }
  }
}
