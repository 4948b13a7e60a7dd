/** Where contracts come to stand (Yellow Paper 7, EIP-1014). */

import { bigIntToMinimalBytes, concatBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import { encodeRlp } from '../primitives/rlp.ts'

const CREATE2_MARK = Uint8Array.of(0xff)

/** Of a creation by transaction or CREATE; the nonce is the creator's before it. */
export function createdAddress(creator: Uint8Array, nonce: bigint): Uint8Array {
  return keccak256(encodeRlp([creator, bigIntToMinimalBytes(nonce)])).slice(12)
}

/** Of CREATE2; the salt has 32 bytes. */
export function saltedAddress(
  creator: Uint8Array,
  salt: Uint8Array,
  initCode: Uint8Array,
): Uint8Array {
  return keccak256(concatBytes(CREATE2_MARK, creator, salt, keccak256(initCode))).slice(12)
}
