/**
 * Native or faster cryptography for the EVM's precompiles and opcodes, where its own is pure
 * JavaScript: recovery of a public key takes 60 us natively and 1.3 ms without.
 */

import { createHash } from 'node:crypto'
import type { CustomCrypto } from '@ethereumjs/common'
import secp256k1 from 'secp256k1'
import { concatBytes } from '../../primitives/bytes.ts'
import { keccak256 } from '../../primitives/keccak.ts'
import { verifyKzgProof } from './kzg-proof.ts'

/**
 * The uncompressed public key, 64 bytes, that made the signature of a 32-byte hash; `r` and `s` are
 * 32 bytes each.
 * @throws when no key could have made it
 */
export function recoverPublicKey(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  yParity: number,
): Uint8Array {
  return secp256k1.ecdsaRecover(concatBytes(r, s), yParity, hash, false).subarray(1)
}

/** Of KZG the EVM checks proofs and nothing more; the type asks for all that blobs need. */
const kzg = { verifyProof: verifyKzgProof } as NonNullable<CustomCrypto['kzg']>

export const EVM_CRYPTO: CustomCrypto = {
  keccak256,
  sha256: (message) => createHash('sha256').update(message).digest(),
  ecrecover: (hash, v, r, s) => recoverPublicKey(hash, r, s, Number(v) - 27),
  kzg,
}
