/** The leader's signing key, on Node's Ed25519 (RFC 8032). */

import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { FrameSigner } from './frame.ts'

export class InvalidSigningKeyError extends BaseError {
  override readonly name = 'Wire.InvalidSigningKeyError'
}

/** Length of the secret that a signing key is made from. */
const SIGNING_SEED_BYTES = 32

/** RFC 8410: what PKCS #8 puts before the 32 bytes of an Ed25519 seed. */
const PKCS8_PREFIX = hexToBytes('0x302e020100300506032b657004220420')

/**
 * A signer from its 32-byte seed; without one, from a new random seed.
 * @throws InvalidSigningKeyError
 */
export function createFrameSigner(seed: Uint8Array = randomBytes(SIGNING_SEED_BYTES)): FrameSigner {
  if (seed.length !== SIGNING_SEED_BYTES) {
    throw new InvalidSigningKeyError(`signing seed of ${seed.length} bytes, expected 32`)
  }
  const key = createPrivateKey({
    key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: new Uint8Array(spki.subarray(spki.length - 32)),
    sign: (bytes) => new Uint8Array(sign(null, bytes, key)),
  }
}
