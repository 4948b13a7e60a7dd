/** Accounts with keys, which sign transactions of every type and EIP-7702 authorizations. */

import type { Authorization } from '@shredcast/shared/chain/authorization'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { encodeTransaction, signingHash } from '@shredcast/shared/chain/transaction'
import {
  bigIntToBytes,
  bigIntToMinimalBytes,
  bytesToBigInt,
  concatBytes,
} from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import secp256k1 from 'secp256k1'

/** What a test says of a transaction; the rest is empty or zero. */
export type TransactionFields = Partial<Omit<Transaction, 'yParity' | 'r' | 's'>>

const UNSIGNED: Transaction = {
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

  /** By a secret key, or an index: the same one is always the same account. */
  constructor(key: number | Uint8Array) {
    this.#key = typeof key === 'number' ? keccak256(bigIntToBytes(BigInt(key), 32)) : key
    this.address = keccak256(secp256k1.publicKeyCreate(this.#key, false).subarray(1)).slice(12)
  }

  /** The signed transaction in its EIP-2718 form. */
  sign(fields: TransactionFields): Uint8Array {
    const tx = { ...UNSIGNED, ...fields }
    return encodeTransaction({ ...tx, ...this.#signature(signingHash(tx)) })
  }

  /** Lets the code at `address` stand for this account's own (EIP-7702). */
  authorize(fields: Pick<Authorization, 'chainId' | 'address' | 'nonce'>): Authorization {
    const { chainId, address, nonce } = fields
    const signed = encodeRlp([bigIntToMinimalBytes(chainId), address, bigIntToMinimalBytes(nonce)])
    return { ...fields, ...this.#signature(keccak256(concatBytes(Uint8Array.of(0x05), signed))) }
  }

  #signature(hash: Uint8Array): Pick<Transaction, 'yParity' | 'r' | 's'> {
    const { signature, recid } = secp256k1.ecdsaSign(hash, this.#key)
    return {
      yParity: recid === 0 ? 0 : 1,
      r: bytesToBigInt(signature.subarray(0, 32)),
      s: bytesToBigInt(signature.subarray(32)),
    }
  }
}
