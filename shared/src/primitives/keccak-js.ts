/** Keccak-256 in JavaScript, where there are no files to load a module from: browsers. */

import { keccak_256 } from '@noble/hashes/sha3.js'

export function hash(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}
