/**
 * Checks frames against a leader's public key, on Node's Ed25519 (RFC 8032). In browsers
 * `#frame-verifier` is `portable-frame-verifier.ts`.
 */

import { createPublicKey, verify } from 'node:crypto'
import { concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { FrameVerifier } from './frame.ts'
import { checkLeaderKey } from './leader-key.ts'

/** RFC 8410: what a SubjectPublicKeyInfo puts before the 32 bytes of an Ed25519 key. */
const SPKI_PREFIX = hexToBytes('0x302a300506032b6570032100')

/**
 * A verifier for one 32-byte public key.
 * @throws InvalidLeaderKeyError
 */
export function createFrameVerifier(publicKey: Uint8Array): FrameVerifier {
  checkLeaderKey(publicKey)
  const key = createPublicKey({
    key: Buffer.from(concatBytes(SPKI_PREFIX, publicKey)),
    format: 'der',
    type: 'spki',
  })
  return { publicKey, verify: (bytes, signature) => verify(null, bytes, key, signature) }
}
