/**
 * The open block as the core's EVM sees it, at ENV_OFFSET. The host writes it while the gate is
 * locked; everybody else only reads. Constants only; compiled by tsc and by asc.
 *
 * 256-bit values are four little-endian u64 limbs; addresses are 20 bytes.
 */

/** Position of the fork in HARDFORKS (chain/hardforks.ts), u32. */
export const ENV_REVISION = 0
/** ENV_FLAGS, u32. */
export const ENV_FLAGS = 4
export const ENV_NUMBER = 8
export const ENV_TIMESTAMP = 16
export const ENV_GAS_LIMIT = 24
export const ENV_BENEFICIARY = 32
/** Most blobs a block may hold, u32. */
export const ENV_BLOBS_MAX = 56
export const ENV_CHAIN_ID = 64
/** What opcode 0x44 answers: the difficulty, from Paris on PREVRANDAO. */
export const ENV_PREV_RANDAO = 96
export const ENV_BASE_FEE = 128
export const ENV_BLOB_BASE_FEE = 160
/** 32 bytes as on the wire. */
export const ENV_PARENT_HASH = 192
export const ENV_BEACON_ROOT = 224
/** Accounts at ENV_DAO_ACCOUNTS, u32: the first gets the balances of the others (EIP-779). */
export const ENV_DAO_COUNT = 256
/** Credits of the closing step at ENV_CREDITS, u32: withdrawals, then rewards. */
export const ENV_CREDIT_COUNT = 260
/** Words that BLOCKHASH answers, at block number & 255; zero where unknown. */
export const ENV_BLOCK_HASHES = 512
/**
 * One u64 for each opcode: gas u16, least stack height u16 << 16, how much higher it may be << 32. An
 * opcode that the fork does not have asks for more stack than there is.
 */
export const ENV_OPCODES = 8704
export const ENV_DAO_ACCOUNTS = 10752
export const ENV_DAO_STRIDE = 24
export const ENV_DAO_COUNT_MAX = 128
export const ENV_CREDITS = 13824
/** Address at 0, amount in wei (a word) at ENV_CREDIT_AMOUNT. */
export const ENV_CREDIT_STRIDE = 56
export const ENV_CREDIT_AMOUNT = 24
export const ENV_CREDIT_COUNT_MAX = 2048

/** What execution asks for, up to the opcodes: a call has its own copy (CALL_ENV_OFFSET). */
export const ENV_CALL_BYTES = ENV_OPCODES

/** ENV_FLAGS: the block does its opening and closing system work. */
export const ENV_FLAG_SYSTEM_WORK = 1
export const ENV_FLAG_BASE_FEE = 2
export const ENV_FLAG_BEACON_ROOT = 4
/** Every instruction is reported to the host (EIP-3155). */
export const ENV_FLAG_TRACE = 8

/** Forks by their position in HARDFORKS. */
export const REVISION_FRONTIER = 0
export const REVISION_HOMESTEAD = 1
export const REVISION_TANGERINE_WHISTLE = 2
export const REVISION_SPURIOUS_DRAGON = 3
export const REVISION_BYZANTIUM = 4
export const REVISION_CONSTANTINOPLE = 5
export const REVISION_ISTANBUL = 7
export const REVISION_BERLIN = 8
export const REVISION_LONDON = 9
export const REVISION_SHANGHAI = 11
export const REVISION_CANCUN = 12
export const REVISION_PRAGUE = 13
export const REVISION_OSAKA = 14
