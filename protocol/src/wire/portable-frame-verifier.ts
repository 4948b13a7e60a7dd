/**
 * Checks frames against a leader's public key where there is no `node:crypto`: Ed25519 in plain
 * JavaScript. It answers at once, which WebCrypto does not, and without a secure context.
 */

import { ed25519 } from '@noble/curves/ed25519.js'
import type { FrameVerifier } from './frame.ts'
import { checkLeaderKey } from './leader-key.ts'

/** Signatures of RFC 8032 and no others, as with OpenSSL: ZIP 215 would let more pass. */
const STRICT = { zip215: false }

/**
 * A verifier for one 32-byte public key.
 * @throws InvalidLeaderKeyError
 */
export function createFrameVerifier(publicKey: Uint8Array): FrameVerifier {
  checkLeaderKey(publicKey)
  return {
    publicKey,
    verify: (bytes, signature) => ed25519.verify(signature, bytes, publicKey, STRICT),
  }
}
