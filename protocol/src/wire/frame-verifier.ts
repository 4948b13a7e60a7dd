/** Checks frames against a leader's public key, on Node's Ed25519 (RFC 8032). */

import { createPublicKey, verify } from 'node:crypto'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { FrameVerifier } from './frame.ts'

export class InvalidLeaderKeyError extends BaseError {
  override readonly name = 'Wire.InvalidLeaderKeyError'
}

/** RFC 8410: what a SubjectPublicKeyInfo puts before the 32 bytes of an Ed25519 key. */
const SPKI_PREFIX = hexToBytes('0x302a300506032b6570032100')

/**
 * A verifier for one 32-byte public key.
 * @throws InvalidLeaderKeyError
 */
export function createFrameVerifier(publicKey: Uint8Array): FrameVerifier {
  if (publicKey.length !== 32) {
    throw new InvalidLeaderKeyError(`leader key of ${publicKey.length} bytes, expected 32`)
  }
  const key = createPublicKey({
    key: Buffer.from(concatBytes(SPKI_PREFIX, publicKey)),
    format: 'der',
    type: 'spki',
  })
  return { publicKey, verify: (bytes, signature) => verify(null, bytes, key, signature) }
}
