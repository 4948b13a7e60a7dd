/** Recovery of public keys from signatures on secp256k1, natively (60 us; 1.3 ms in JavaScript). */

import secp256k1 from 'secp256k1'
import { concatBytes } from '../primitives/bytes.ts'

/**
 * The uncompressed public key, 64 bytes, that signed a 32-byte hash; `r` and `s` are 32 bytes each.
 * @throws when no key could have made the signature
 */
export function recoverPublicKey(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  yParity: number,
): Uint8Array {
  return secp256k1.ecdsaRecover(concatBytes(r, s), yParity, hash, false).subarray(1)
}
