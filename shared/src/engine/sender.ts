/** Recovery of a transaction's sender from its signature (Yellow Paper, appendix F). */

import type { Transaction } from '../chain/transaction.ts'
import { signingHash } from '../chain/transaction.ts'
import { bigIntToBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import { recoverPublicKey } from './public-key.ts'

/** The 20-byte sender; `undefined` when the signature is no point of the curve. */
export function recoverSender(transaction: Transaction): Uint8Array | undefined {
  const { r, s, yParity } = transaction
  try {
    const hash = signingHash(transaction)
    const key = recoverPublicKey(hash, bigIntToBytes(r, 32), bigIntToBytes(s, 32), yParity)
    return keccak256(key).slice(12)
  } catch {
    // The library throws for every kind of impossible signature.
    return undefined
  }
}
