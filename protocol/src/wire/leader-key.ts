/** The public key of a leader: 32 bytes of Ed25519 (RFC 8032). */

import { BaseError } from '@shredcast/shared/primitives/base-error'

export class InvalidLeaderKeyError extends BaseError {
  override readonly name = 'Wire.InvalidLeaderKeyError'
}

/** @throws InvalidLeaderKeyError */
export function checkLeaderKey(publicKey: Uint8Array): void {
  if (publicKey.length === 32) return
  throw new InvalidLeaderKeyError(`leader key of ${publicKey.length} bytes, expected 32`)
}
