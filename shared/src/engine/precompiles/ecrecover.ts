/**
 * The curve's part of ECRECOVER (Yellow Paper, appendix E.1), natively: the public key behind a
 * signature. The core makes the address of it.
 */

import secp256k1 from 'secp256k1'

const INPUT_BYTES = 128
const PUBLIC_KEY_BYTES = 64
const V = 32
const R = 64

// Places that every call overwrites, so that none makes arrays.
const input = new Uint8Array(INPUT_BYTES)
const hash = input.subarray(0, V)
const signature = input.subarray(R)
const publicKey = new Uint8Array(1 + PUBLIC_KEY_BYTES)

/** Writes the 64 bytes of the key, or nothing when no key could have made the signature. */
export function recoverKey(given: Uint8Array, output: Uint8Array): number {
  input.fill(0)
  input.set(given.length > INPUT_BYTES ? given.subarray(0, INPUT_BYTES) : given)
  const yParity = parity()
  if (yParity === undefined) return 0
  try {
    secp256k1.ecdsaRecover(signature, yParity, hash, false, publicKey)
  } catch {
    return 0
  }
  for (let i = 0; i < PUBLIC_KEY_BYTES; i++) output[i] = publicKey[i + 1]!
  return PUBLIC_KEY_BYTES
}

/** What v, a word, says about y: 27 even, 28 odd. */
function parity(): number | undefined {
  for (let i = V; i < R - 1; i++) if (input[i] !== 0) return undefined
  const v = input[R - 1]
  return v === 27 || v === 28 ? v - 27 : undefined
}
