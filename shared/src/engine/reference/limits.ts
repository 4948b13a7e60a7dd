/** Bounds that the rules set on a transaction's fields. */

/** EIP-2681: no account gets beyond this nonce. */
export const MAX_NONCE = 2n ** 64n - 1n

/** EIP-2: half the order of secp256k1, the greatest `s` of a signature from Homestead on. */
export const MAX_LOW_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** EIP-7825. */
export const TRANSACTION_GAS_CAP = 2n ** 24n

/** EIP-3860. */
export const MAX_INITCODE_BYTES = 49152

/** EIP-7594. */
export const MAX_BLOBS_PER_TRANSACTION = 6
