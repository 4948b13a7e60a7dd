/** Native, faster or kept cryptography for the EVM's precompiles and opcodes. */

import { createHash } from 'node:crypto'
import type { CustomCrypto } from '@ethereumjs/common'
import { recoverPublicKey } from '../../public-key.ts'
import { verifyKzgProof } from './kzg-proof.ts'
import { cachedKeccak256 } from './word-pair-hashes.ts'

/** Of KZG the EVM checks proofs and nothing more; the type asks for all that blobs need. */
const kzg = { verifyProof: verifyKzgProof } as NonNullable<CustomCrypto['kzg']>

export const EVM_CRYPTO: CustomCrypto = {
  keccak256: cachedKeccak256,
  sha256: (message) => createHash('sha256').update(message).digest(),
  ecrecover: (hash, v, r, s) => recoverPublicKey(hash, r, s, Number(v) - 27),
  kzg,
}
