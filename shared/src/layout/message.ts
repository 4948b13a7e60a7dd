/**
 * A transaction as the core's EVM executes it, in the block arena, at TX_MESSAGE of its record. The
 * worker that settles the sender decodes it once. Constants only; compiled by tsc and by asc.
 *
 *   Access list: for each address 20 bytes, 4 zero bytes, slot count u32, 4 zero bytes, then the
 *   keys as words; entries follow each other.
 *   Authorization (AUTH_BYTES each): see AUTH_*.
 *   Blob hashes: words, as BLOBHASH answers them.
 */

export const MESSAGE_TYPE = 0
export const MESSAGE_FLAGS = 4
export const MESSAGE_NONCE = 8
export const MESSAGE_GAS_LIMIT = 16
export const MESSAGE_DATA = 24
export const MESSAGE_DATA_BYTES = 28
export const MESSAGE_ACCESS_LIST = 32
/** Addresses in the access list, and slots in all. */
export const MESSAGE_ACCESS_COUNT = 36
export const MESSAGE_ACCESS_SLOTS = 40
export const MESSAGE_BLOB_HASHES = 44
export const MESSAGE_BLOB_COUNT = 48
export const MESSAGE_AUTHORIZATIONS = 52
export const MESSAGE_AUTHORIZATION_COUNT = 56
/** 20 bytes; zeros in a creation. */
export const MESSAGE_TO = 60
export const MESSAGE_VALUE = 80
/** In wei for a unit of gas; both are the gas price in types 0 and 1. */
export const MESSAGE_MAX_FEE = 112
export const MESSAGE_MAX_PRIORITY_FEE = 144
export const MESSAGE_MAX_BLOB_FEE = 176
export const MESSAGE_CHAIN_ID = 208
/** `s` of the signature, for the rule of EIP-2. */
export const MESSAGE_S = 240
export const MESSAGE_BYTES = 272

/** MESSAGE_FLAGS */
export const MESSAGE_IS_CREATION = 1
export const MESSAGE_HAS_CHAIN_ID = 2

export const ACCESS_SLOT_COUNT = 24
export const ACCESS_KEYS = 32

export const AUTH_FLAGS = 0
export const AUTH_NONCE = 8
/** Whose code to run, 20 bytes. */
export const AUTH_ADDRESS = 16
/** Who signed, 20 bytes. */
export const AUTH_AUTHORITY = 40
export const AUTH_CHAIN_ID = 64
export const AUTH_BYTES = 96

/** AUTH_FLAGS: the signature is one that EIP-7702 accepts, and AUTH_AUTHORITY signed it. */
export const AUTH_IS_SIGNED = 1
