/**
 * Why a transaction may not stand at its place: EXECUTION_REASON of an execution whose outcome is
 * OUTCOME_INVALID. Constants only; compiled by tsc and by asc. The texts, by these numbers, are
 * INVALID_REASONS of engine/reference/execution-result.ts.
 */

export const REASON_NONCE_TOO_LOW = 0
export const REASON_NONCE_TOO_HIGH = 1
export const REASON_NONCE_AT_MAXIMUM = 2
export const REASON_INSUFFICIENT_FUNDS = 3
export const REASON_INTRINSIC_GAS_TOO_LOW = 4
export const REASON_BELOW_FLOOR_GAS = 5
export const REASON_BLOCK_GAS_EXCEEDED = 6
export const REASON_GAS_CAP_EXCEEDED = 7
export const REASON_FEE_CAP_BELOW_BASE_FEE = 8
export const REASON_PRIORITY_FEE_ABOVE_FEE_CAP = 9
export const REASON_BLOB_FEE_CAP_TOO_LOW = 10
export const REASON_NO_BLOBS = 11
export const REASON_TOO_MANY_BLOBS = 12
export const REASON_BLOCK_BLOB_GAS_EXCEEDED = 13
export const REASON_BLOB_HASH_VERSION = 14
export const REASON_BLOB_CREATION = 15
export const REASON_SET_CODE_CREATION = 16
export const REASON_NO_AUTHORIZATIONS = 17
export const REASON_SENDER_HAS_CODE = 18
export const REASON_INITCODE_TOO_LARGE = 19
export const REASON_TYPE_NOT_SUPPORTED = 20
export const REASON_WRONG_CHAIN_ID = 21
export const REASON_PREMATURE_CHAIN_ID = 22
export const REASON_HIGH_S = 23
export const REASON_INVALID_SIGNATURE = 24
export const REASON_FEE_OVERFLOW = 25
export const REASON_MALFORMED = 26
