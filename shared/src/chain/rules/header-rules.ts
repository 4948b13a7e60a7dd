/**
 * The rules that a header must keep, given its parent's: Yellow Paper 4.3.4 and what the forks added
 * (EIP-779, 1559, 3675, 4399, 4844, 4895, 7685, 7691, 7918). The seal of proof of work is not checked,
 * nor what the header says of its body and execution.
 */

import { bytesToHex, equalBytes } from '../../primitives/bytes.ts'
import { EMPTY_LIST_HASH } from '../../primitives/keccak.ts'
import { nextBaseFee } from '../base-fee.ts'
import { GAS_PER_BLOB, nextExcessBlobGas } from '../blob-gas.ts'
import type { BlockEdits } from '../block-edits.ts'
import type { ChainConfig } from '../chain-config.ts'
import { blobParametersAt, hardforkAt } from '../chain-config.ts'
import type { Hardfork } from '../hardforks.ts'
import { isAtLeast } from '../hardforks.ts'
import type { Header } from '../header.ts'
import { nextDifficulty } from './difficulty.ts'
import { isGasLimitInBounds, MAX_GAS_LIMIT } from './gas-limit.ts'
import type { BlockFault } from './invalid-block.ts'
import { InvalidBlockError } from './invalid-block.ts'

const EXTRA_DATA_BYTES_MAX = 32
/** EIP-779: in the extra data of the first blocks of the DAO fork. */
const DAO_MARK = new TextEncoder().encode('dao-hard-fork')
const DAO_MARKED_BLOCKS = 10n

/** Which fork brought a field that is not in every header. */
const FORK_OF_FIELD = {
  baseFeePerGas: 'london',
  withdrawalsRoot: 'shanghai',
  blobGasUsed: 'cancun',
  excessBlobGas: 'cancun',
  parentBeaconBlockRoot: 'cancun',
  requestsHash: 'prague',
} as const satisfies Partial<Record<keyof Header, Hardfork>>

/** What a child of a block must say, as it follows from the parent and the child's own time. */
export type InheritedFields = Pick<
  Header,
  'number' | 'difficulty' | 'baseFeePerGas' | 'excessBlobGas'
>

/** `timestamp`, in seconds, is above the parent's. */
export function inheritedFields(
  parent: Header,
  timestamp: bigint,
  config: ChainConfig,
): InheritedFields {
  const number = parent.number + 1n
  const fork = hardforkAt(config, number, timestamp)
  const blobs = isAtLeast(fork, 'cancun') ? blobParametersAt(config, timestamp) : undefined
  const isMerged = isAtLeast(fork, 'paris')
  return {
    number,
    difficulty: isMerged ? 0n : nextDifficulty(parent, timestamp, config),
    ...(isAtLeast(fork, 'london') && { baseFeePerGas: nextBaseFee(parent) }),
    ...(blobs !== undefined && { excessBlobGas: nextExcessBlobGas(parent, blobs, fork) }),
  }
}

/**
 * Checks `header` as a child of `parent`, which is valid; on a development chain what was set by hand
 * is free.
 * @throws InvalidBlockError
 */
export function validateHeader(
  header: Header,
  parent: Header,
  config: ChainConfig,
  { isBaseFeeSet, isGasLimitSet }: Omit<BlockEdits, 'changes'> = {},
): void {
  const { number, timestamp } = header
  const fork = hardforkAt(config, number, timestamp)
  demand(number === parent.number + 1n, 'wrong block number', number)
  demand(timestamp > parent.timestamp, "timestamp not above the parent's", timestamp)
  validateExtraData(header, config)
  if (isAtLeast(fork, 'paris')) validateMerged(header)
  validateGasLimit(header)
  const isStep = isGasLimitInBounds(header.gasLimit, parent, isAtLeast(fork, 'london'))
  demand(isStep || isGasLimitSet === true, 'gas limit out of bounds', header.gasLimit)
  validatePresence(header, fork)
  const expected = inheritedFields(parent, timestamp, config)
  const { difficulty, baseFeePerGas, excessBlobGas } = header
  demand(difficulty === expected.difficulty, 'wrong difficulty', difficulty)
  const isBaseFeeRight = baseFeePerGas === expected.baseFeePerGas || isBaseFeeSet === true
  demand(isBaseFeeRight, 'wrong base fee', baseFeePerGas)
  demand(excessBlobGas === expected.excessBlobGas, 'wrong excess blob gas', excessBlobGas)
  validateBlobGasUsed(header, config)
}

function validateExtraData({ extraData, number }: Header, { daoForkBlock }: ChainConfig): void {
  demand(extraData.length <= EXTRA_DATA_BYTES_MAX, 'extra data too long', extraData.length)
  if (daoForkBlock === undefined || number < daoForkBlock) return
  if (number >= daoForkBlock + DAO_MARKED_BLOCKS) return
  const isMarked = equalBytes(extraData, DAO_MARK)
  demand(isMarked, 'extra data without the mark of the DAO fork', bytesToHex(extraData))
}

/** EIP-3675: what proof of work needed is constant. */
function validateMerged({ ommersHash, difficulty, nonce }: Header): void {
  demand(equalBytes(ommersHash, EMPTY_LIST_HASH), 'ommers after Paris', bytesToHex(ommersHash))
  demand(difficulty === 0n, 'difficulty after Paris', difficulty)
  demand(
    nonce.every((byte) => byte === 0),
    'nonce after Paris',
    bytesToHex(nonce),
  )
}

function validateGasLimit({ gasLimit, gasUsed }: Header): void {
  demand(gasLimit <= MAX_GAS_LIMIT, 'gas limit above the maximum', gasLimit)
  demand(gasUsed <= gasLimit, 'gas used above the gas limit', gasUsed)
}

function validatePresence(header: Header, fork: Hardfork): void {
  for (const [field, first] of Object.entries(FORK_OF_FIELD)) {
    const isPresent = header[field as keyof Header] !== undefined
    if (isAtLeast(fork, first)) demand(isPresent, 'header field missing', field)
    else demand(!isPresent, 'header field before its fork', field)
  }
}

function validateBlobGasUsed({ blobGasUsed, timestamp }: Header, config: ChainConfig): void {
  if (blobGasUsed === undefined) return
  const limit = BigInt(blobParametersAt(config, timestamp)?.max ?? 0) * GAS_PER_BLOB
  demand(blobGasUsed <= limit, 'blob gas used above the limit', blobGasUsed)
  demand(blobGasUsed % GAS_PER_BLOB === 0n, 'wrong blob gas used', blobGasUsed)
}

/** `found` is what the header says. */
function demand(holds: boolean, reason: BlockFault, found: bigint | number | string | undefined) {
  if (!holds) throw new InvalidBlockError(reason, { details: String(found) })
}
