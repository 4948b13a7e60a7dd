/** Recovery of a transaction's sender from its signature (Yellow Paper, appendix F). */

import type { ChainConfig } from '../chain/chain-config.ts'
import type { Transaction } from '../chain/transaction.ts'
import { signingHash } from '../chain/transaction.ts'
import { bigIntToBytes, bytesToBigInt } from '../primitives/bytes.ts'
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

/** What stands for the signature of an account whose key nobody here has. */
export type ImpersonationSignature = Pick<Transaction, 'r' | 's' | 'yParity'>

/** No key signs with s = 0 (SEC 1, 4.1.3), so on a development chain r may be the sender instead. */
export function impersonationSignature(sender: Uint8Array): ImpersonationSignature {
  return { r: bytesToBigInt(sender), s: 0n, yParity: 0 }
}

/** The sender as the chain has it: recovered, or on a development chain the impersonated one. */
export function senderOnChain(
  transaction: Transaction,
  config: ChainConfig,
): Uint8Array | undefined {
  const { r, s, yParity } = transaction
  const isImpersonated = config.isDevelopment && s === 0n && yParity === 0 && r < 1n << 160n
  return isImpersonated ? bigIntToBytes(r, 20) : recoverSender(transaction)
}
