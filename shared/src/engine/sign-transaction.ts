/** Signs transactions with a secret key, for those who bring unsigned ones: tests and tools. */

import secp256k1 from 'secp256k1'
import type { Transaction } from '../chain/transaction.ts'
import { encodeTransaction, signingHash } from '../chain/transaction.ts'
import { bytesToBigInt } from '../primitives/bytes.ts'

/**
 * The signed bytes of `transaction`, whatever its own signature is; `secretKey` is 32 bytes.
 * @throws IntegerOutOfRangeError when a field does not fit its encoding
 */
export function signTransaction(transaction: Transaction, secretKey: Uint8Array): Uint8Array {
  return encodeTransaction({ ...transaction, ...signatureOf(signingHash(transaction), secretKey) })
}

/** The signature of a 32-byte hash, as transactions and authorizations carry it. */
export function signatureOf(
  hash: Uint8Array,
  secretKey: Uint8Array,
): Pick<Transaction, 'yParity' | 'r' | 's'> {
  const { signature, recid } = secp256k1.ecdsaSign(hash, secretKey)
  return {
    yParity: recid === 0 ? 0 : 1,
    r: bytesToBigInt(signature.subarray(0, 32)),
    s: bytesToBigInt(signature.subarray(32)),
  }
}
