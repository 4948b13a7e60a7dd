/** Recovery of who signed an authorization (EIP-7702). */

import type { Authorization } from '../chain/authorization.ts'
import { bigIntToBytes, bigIntToMinimalBytes, concatBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import { recoverPublicKey } from './public-key.ts'
import { MAX_LOW_S } from './reference/limits.ts'

const SIGNING_MAGIC = Uint8Array.of(0x05)

/** The 20 bytes of who signed the authorization; undefined when nobody can have. */
export function recoverAuthority(authorization: Authorization): Uint8Array | undefined {
  const { chainId, address, nonce, yParity, r, s } = authorization
  if (yParity > 1 || s > MAX_LOW_S) return undefined
  const signed = encodeRlp([bigIntToMinimalBytes(chainId), address, bigIntToMinimalBytes(nonce)])
  const hash = keccak256(concatBytes(SIGNING_MAGIC, signed))
  try {
    const key = recoverPublicKey(hash, bigIntToBytes(r, 32), bigIntToBytes(s, 32), yParity)
    return keccak256(key).slice(12)
  } catch {
    return undefined
  }
}
