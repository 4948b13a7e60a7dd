/**
 * What the official tests call the reasons for refusing a block, in our own terms. Files of
 * execution-spec-tests and newer ones of ethereum/tests have names like `BlockException.…`; older ones
 * have the names of retesteth. Where a name is wider than a reason of ours, or clients check in another
 * order, it stands for several.
 */

import type { Refusal } from '../importer/block-executor.ts'

/** Whatever a client calls it that a transaction costs more than its sender has. */
const NO_FUNDS: readonly Refusal[] = ['insufficient funds for gas * price + value']
const MALFORMED: readonly Refusal[] = ['malformed block', 'malformed transaction']
const NOT_AN_ANCESTORS_CHILD: readonly Refusal[] = [
  'ommer of no recent ancestor',
  'ommer is a sibling',
  'wrong block number',
]
/** An ancestor may also lie deeper than ommers are looked for. */
const IN_CHAIN: readonly Refusal[] = [
  'ommer included before',
  'ommer is an ancestor',
  'ommer of no recent ancestor',
]
const NOT_LIKE_ITS_FORK: readonly Refusal[] = [
  'malformed block',
  'header field missing',
  'header field before its fork',
]
const NOT_LIKE_PARIS: readonly Refusal[] = [
  'ommers after Paris',
  'difficulty after Paris',
  'nonce after Paris',
]
const GAS_EXCEEDED: readonly Refusal[] = [
  'gas limit exceeds the block gas left',
  'gas used above the gas limit',
]
const BAD_SIGNATURE: readonly Refusal[] = [
  'invalid signature',
  'signature s too high',
  'malformed transaction',
]
const BAD_WITHDRAWALS: readonly Refusal[] = [
  'wrong withdrawals root',
  'withdrawals missing',
  'withdrawals before Shanghai',
]
/** One that is far too low is also below the gas used. */
const BAD_GAS_LIMIT: readonly Refusal[] = [
  'gas limit out of bounds',
  'gas limit above the maximum',
  'gas used above the gas limit',
]
/** Before Byzantium receipts hold state roots. */
const BAD_STATE_ROOT: readonly Refusal[] = ['wrong state root', 'wrong receipts root']
const BAD_DIFFICULTY: readonly Refusal[] = ['wrong difficulty', 'difficulty after Paris']
const BAD_TYPE: readonly Refusal[] = [
  'transaction type not supported by the fork',
  'malformed transaction',
]
const TOO_MANY_BLOBS: readonly Refusal[] = [
  'blob gas exceeds the block blob gas left',
  'blob gas used above the limit',
  'too many blobs in transaction',
]

const BLOCK_EXCEPTIONS: Readonly<Record<string, readonly Refusal[]>> = {
  BLOB_GAS_USED_ABOVE_LIMIT: TOO_MANY_BLOBS,
  EXTRA_DATA_INVALID_DAO: ['extra data without the mark of the DAO fork'],
  EXTRA_DATA_TOO_BIG: ['extra data too long'],
  GASLIMIT_TOO_BIG: ['gas limit above the maximum', 'malformed block'],
  GAS_USED_OVERFLOW: GAS_EXCEEDED,
  IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS: ['difficulty after Paris'],
  IMPORT_IMPOSSIBLE_LEGACY: ['header field missing'],
  IMPORT_IMPOSSIBLE_LEGACY_WRONG_PARENT: ['header field missing'],
  IMPORT_IMPOSSIBLE_LONDON_OVER_PARIS: NOT_LIKE_PARIS,
  IMPORT_IMPOSSIBLE_LONDON_WRONG_PARENT: ['header field before its fork'],
  IMPORT_IMPOSSIBLE_PARIS_OVER_SHANGHAI: ['header field missing'],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POS: ['wrong difficulty'],
  IMPORT_IMPOSSIBLE_PARIS_WRONG_POW: NOT_LIKE_PARIS,
  IMPORT_IMPOSSIBLE_SHANGHAI: ['header field before its fork'],
  IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS: ['ommers after Paris'],
  INCORRECT_BLOB_GAS_USED: ['wrong blob gas used'],
  INCORRECT_BLOCK_FORMAT: NOT_LIKE_ITS_FORK,
  INCORRECT_EXCESS_BLOB_GAS: ['wrong excess blob gas'],
  INVALID_BASEFEE_PER_GAS: ['wrong base fee'],
  INVALID_BLOCK_NUMBER: ['wrong block number'],
  INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT: ["timestamp not above the parent's"],
  INVALID_DEPOSIT_EVENT_LAYOUT: ['invalid deposit log'],
  INVALID_DIFFICULTY: BAD_DIFFICULTY,
  INVALID_GASLIMIT: BAD_GAS_LIMIT,
  INVALID_GAS_USED: ['wrong gas used'],
  INVALID_GAS_USED_ABOVE_LIMIT: ['gas used above the gas limit'],
  INVALID_LOG_BLOOM: ['wrong logs bloom'],
  INVALID_RECEIPTS_ROOT: ['wrong receipts root'],
  INVALID_REQUESTS: ['wrong requests hash'],
  INVALID_STATE_ROOT: BAD_STATE_ROOT,
  INVALID_TRANSACTIONS_ROOT: ['wrong transactions root'],
  INVALID_UNCLES_HASH: ['wrong ommers hash'],
  INVALID_WITHDRAWALS_ROOT: ['wrong withdrawals root'],
  RLP_BLOCK_LIMIT_EXCEEDED: ['block too large'],
  RLP_INVALID_ADDRESS: ['malformed block'],
  RLP_INVALID_FIELD_OVERFLOW_64: ['malformed block'],
  RLP_STRUCTURES_ENCODING: MALFORMED,
  RLP_WITHDRAWALS_NOT_READ: ['malformed block', 'withdrawals missing'],
  SYSTEM_CONTRACT_CALL_FAILED: ['system contract missing or failed'],
  SYSTEM_CONTRACT_EMPTY: ['system contract missing or failed'],
  TOO_MANY_UNCLES: ['too many ommers'],
  UNCLE_IN_CHAIN: IN_CHAIN,
  UNCLE_IS_ANCESTOR: IN_CHAIN,
  UNCLE_IS_BROTHER: ['ommer is a sibling'],
  UNCLE_PARENT_INCORRECT: NOT_AN_ANCESTORS_CHILD,
  UNCLE_UNKNOWN_PARENT: ['ommer of no recent ancestor'],
  UNKNOWN_PARENT: ['unknown parent'],
  UNKNOWN_PARENT_ZERO: ['unknown parent'],
}

const TRANSACTION_EXCEPTIONS: Readonly<Record<string, readonly Refusal[]>> = {
  ADDRESS_TOO_LONG: MALFORMED,
  ADDRESS_TOO_SHORT: MALFORMED,
  EC_RECOVERY_FAIL: BAD_SIGNATURE,
  GASLIMIT_OVERFLOW: MALFORMED,
  GASLIMIT_PRICE_PRODUCT_OVERFLOW: ['gas limit times price overflows 256 bits', ...NO_FUNDS],
  GASPRICE_OVERFLOW: MALFORMED,
  GAS_ALLOWANCE_EXCEEDED: ['gas limit exceeds the block gas left'],
  GAS_LIMIT_EXCEEDS_MAXIMUM: ['gas limit exceeds the transaction gas cap'],
  INITCODE_SIZE_EXCEEDED: ['initcode too large'],
  INSUFFICIENT_ACCOUNT_FUNDS: NO_FUNDS,
  INSUFFICIENT_MAX_FEE_PER_BLOB_GAS: ['blob fee cap below blob base fee'],
  INSUFFICIENT_MAX_FEE_PER_GAS: ['fee cap below base fee'],
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: ['gas limit below floor data cost', 'intrinsic gas too low'],
  INTRINSIC_GAS_TOO_LOW: ['intrinsic gas too low', 'gas limit below floor data cost'],
  INVALID_CHAINID: ['wrong chain id', 'replay-protected signature before EIP-155'],
  INVALID_SIGNATURE_VRS: BAD_SIGNATURE,
  NONCE_IS_MAX: ['nonce at maximum'],
  NONCE_MISMATCH_TOO_HIGH: ['nonce too high'],
  NONCE_MISMATCH_TOO_LOW: ['nonce too low'],
  NONCE_OVERFLOW: ['nonce at maximum', 'malformed transaction'],
  NONCE_TOO_BIG: ['nonce at maximum', 'malformed transaction'],
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: ['priority fee above fee cap'],
  PRIORITY_OVERFLOW: MALFORMED,
  SENDER_NOT_EOA: ['sender is not an externally owned account'],
  TYPE_1_TX_PRE_FORK: BAD_TYPE,
  TYPE_2_TX_PRE_FORK: BAD_TYPE,
  TYPE_3_TX_BLOB_COUNT_EXCEEDED: TOO_MANY_BLOBS,
  TYPE_3_TX_CONTRACT_CREATION: ['blob transaction without recipient', 'malformed transaction'],
  TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH: ['invalid blob hash version'],
  TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED: TOO_MANY_BLOBS,
  TYPE_3_TX_PRE_FORK: BAD_TYPE,
  TYPE_3_TX_WITH_FULL_BLOBS: MALFORMED,
  TYPE_3_TX_ZERO_BLOBS: ['blob transaction without blobs'],
  TYPE_3_TX_ZERO_BLOBS_PRE_FORK: [...BAD_TYPE, 'blob transaction without blobs'],
  TYPE_4_EMPTY_AUTHORIZATION_LIST: ['set-code transaction without authorizations'],
  TYPE_4_INVALID_AUTHORITY_SIGNATURE: MALFORMED,
  TYPE_4_INVALID_AUTHORITY_SIGNATURE_S_TOO_HIGH: MALFORMED,
  TYPE_4_INVALID_AUTHORIZATION_FORMAT: MALFORMED,
  TYPE_4_TX_CONTRACT_CREATION: ['set-code transaction without recipient', 'malformed transaction'],
  TYPE_4_TX_PRE_FORK: BAD_TYPE,
  TYPE_NOT_SUPPORTED: BAD_TYPE,
  VALUE_OVERFLOW: MALFORMED,
}

/** Names of retesteth. */
const OLD_EXCEPTIONS: Readonly<Record<string, readonly Refusal[]>> = {
  '1559BlockImportImpossible_BaseFeeWrong': ['wrong base fee'],
  '1559BlockImportImpossible_HeaderIsLegacy': [
    'header field missing',
    'header field before its fork',
  ],
  '1559BlockImportImpossible_InitialBaseFeeWrong': ['wrong base fee'],
  '1559BlockImportImpossible_InitialGasLimitInvalid': BAD_GAS_LIMIT,
  '1559BlockImportImpossible_TargetGasHigh': BAD_GAS_LIMIT,
  '1559BlockImportImpossible_TargetGasLow': BAD_GAS_LIMIT,
  '1559PriorityFeeGreaterThanBaseFee': ['priority fee above fee cap'],
  '3675PoSBlockRejected': ['wrong difficulty'],
  '3675PoWBlockRejected': NOT_LIKE_PARIS,
  '3675PreParis1559BlockRejected': NOT_LIKE_PARIS,
  BLOCKHEADER_VALUE_TOOLARGE: MALFORMED,
  ExtraDataIncorrectDAO: ['extra data without the mark of the DAO fork'],
  ExtraDataTooBig: ['extra data too long'],
  INPUT_UNMARSHAL_ADDRESS_ERROR: ['malformed block'],
  INPUT_UNMARSHAL_ERROR: ['malformed block'],
  IntrinsicGas: ['intrinsic gas too low'],
  InvalidDifficulty: BAD_DIFFICULTY,
  InvalidDifficulty2: BAD_DIFFICULTY,
  InvalidDifficulty_TooLarge: MALFORMED,
  InvalidGasLimit: [...BAD_GAS_LIMIT, 'malformed block'],
  InvalidGasLimit2: BAD_GAS_LIMIT,
  InvalidGasLimit3: ['gas limit above the maximum', 'malformed block'],
  InvalidGasUsed: ['wrong gas used'],
  InvalidLogBloom: ['wrong logs bloom'],
  InvalidNumber: ['wrong block number'],
  InvalidReceiptsStateRoot: ['wrong receipts root'],
  InvalidStateRoot: BAD_STATE_ROOT,
  InvalidTimestampEqualParent: ["timestamp not above the parent's"],
  InvalidTimestampOlderParent: ["timestamp not above the parent's"],
  InvalidTransactionVRS: BAD_SIGNATURE,
  InvalidTransactionsRoot: ['wrong transactions root'],
  InvalidUncleParentHash: ['ommer of no recent ancestor'],
  InvalidUnclesHash: ['wrong ommers hash'],
  InvalidWithdrawals: BAD_WITHDRAWALS,
  LegacyBlockBaseFeeTransaction: BAD_TYPE,
  LegacyBlockImportImpossible: ['header field missing'],
  LegacyBlockImportImpossible2: ['header field missing'],
  MergeBlockImportImpossible: ['header field missing'],
  OVERSIZE_RLP: MALFORMED,
  ParisBlockImportImpossible: ['header field missing'],
  PostParisDifficultyIsNot0: ['difficulty after Paris'],
  PostParisUncleHashIsNotEmpty: ['ommers after Paris'],
  RLP_BODY_UNMARSHAL_ERROR: MALFORMED,
  SenderNotEOA: ['sender is not an externally owned account'],
  SenderNotEOAorNoCASH: ['sender is not an externally owned account', ...NO_FUNDS],
  ShanghaiBlockImportImpossible: ['header field before its fork'],
  TR_BLOBCREATE: ['blob transaction without recipient', 'malformed transaction'],
  TR_BLOBLIST_OVERSIZE: TOO_MANY_BLOBS,
  TR_BLOBVERSION_INVALID: ['invalid blob hash version'],
  TR_BlobDecodeError: MALFORMED,
  TR_EMPTYBLOB: ['blob transaction without blobs'],
  TR_FeeCapLessThanBlocks: ['fee cap below base fee'],
  TR_FeeCapLessThanBlocksORGasLimitReached: ['fee cap below base fee', ...GAS_EXCEEDED],
  TR_FeeCapLessThanBlocksORNoFunds: ['fee cap below base fee', ...NO_FUNDS],
  TR_GasLimitReached: GAS_EXCEEDED,
  TR_InitCodeLimitExceeded: ['initcode too large'],
  TR_IntrinsicGas: ['intrinsic gas too low'],
  TR_NoFunds: NO_FUNDS,
  TR_NoFundsOrGas: ['intrinsic gas too low', ...NO_FUNDS],
  TR_NoFundsValue: NO_FUNDS,
  TR_NoFundsX: NO_FUNDS,
  TR_NonceHasMaxValue: ['nonce at maximum'],
  TR_NonceTooHigh: ['nonce too high'],
  TR_NonceTooLow: ['nonce too low'],
  TR_RLP_WRONGVALUE: [...MALFORMED, ...NO_FUNDS],
  TR_TipGtFeeCap: ['priority fee above fee cap'],
  TR_TooShort: MALFORMED,
  TR_TypeNotSupported: BAD_TYPE,
  TR_TypeNotSupportedBlob: BAD_TYPE,
  TooManyUncles: ['too many ommers'],
  TooMuchGasUsed: GAS_EXCEEDED,
  TooMuchGasUsed2: GAS_EXCEEDED,
  UncleInChain: IN_CHAIN,
  UncleIsAncestor: IN_CHAIN,
  UncleIsBrother: ['ommer is a sibling'],
  UncleParentIsNotAncestor: NOT_AN_ANCESTORS_CHILD,
  UnknownParent: ['unknown parent'],
  UnknownParent2: ['unknown parent'],
}

/** retesteth has a name for every place where its decoder may stop. */
const OLD_RLP_EXCEPTION = /^RLP_/

/** The refusals that a name stands for; undefined: the name is not known. */
function refusalsOf(name: string): readonly Refusal[] | undefined {
  const [, kind, short = ''] = /^(Block|Transaction)Exception\.(.*)$/.exec(name) ?? []
  if (kind === 'Block') return BLOCK_EXCEPTIONS[short]
  if (kind === 'Transaction') return TRANSACTION_EXCEPTIONS[short]
  return OLD_EXCEPTIONS[name] ?? (OLD_RLP_EXCEPTION.test(name) ? MALFORMED : undefined)
}

/**
 * Whether a refusal is one of those that the test names. A test without names asks for any, and so
 * does one with a name that is not known: see `unknownExceptions`.
 */
export function isExpected(refusal: Refusal, exceptions: readonly string[]): boolean {
  if (exceptions.length === 0) return true
  return exceptions.some((name) => refusalsOf(name)?.includes(refusal) ?? true)
}

/** Those of the names that stand for no refusal here. */
export function unknownExceptions(exceptions: readonly string[]): string[] {
  return exceptions.filter((name) => refusalsOf(name) === undefined)
}
