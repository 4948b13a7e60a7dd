/**
 * What can be said against a transaction without its sender: the checks and their order are those of
 * geth's `txpool.ValidateTransaction`. Prices that rise and fall (base fee, blob base fee) refuse
 * nothing: such a transaction waits in the pool.
 *
 * A blob transaction comes here in the form that blocks hold; sidecars are checked before
 * (`blob-sidecars.ts`).
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { blobParametersAt, hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { decodeTransaction, MalformedTransactionError } from '@shredcast/shared/chain/transaction'
import { floorGas, intrinsicGas } from '@shredcast/shared/engine/reference/intrinsic-gas'
import {
  MAX_BLOBS_PER_TRANSACTION,
  MAX_INITCODE_BYTES,
  MAX_LOW_S,
  MAX_NONCE,
  TRANSACTION_GAS_CAP,
} from '@shredcast/shared/engine/reference/limits'
import { PoolError } from './pool-error.ts'

/** geth's `txMaxSize`. */
export const TRANSACTION_BYTES_MAX = 128 * 1024

const UINT256_LIMIT = 2n ** 256n
const BLOB_TYPE = 3
const BLOB_HASH_VERSION = 1
const FIRST_FORK_OF_TYPE = ['frontier', 'berlin', 'london', 'cancun', 'prague'] as const

/** What holds for transactions of the open block, or of the next one. */
export interface AdmissionRules {
  readonly chainId: bigint
  readonly fork: Hardfork
  readonly gasLimit: bigint
  /** 0 before London. */
  readonly baseFeePerGas: bigint
  /** Blobs of a block; 0 before Cancun. */
  readonly blobsMax: number
  /** The floor: what a transaction must offer above the base fee, in wei per gas. */
  readonly minimumTip: bigint
}

export function admissionRules(
  config: ChainConfig,
  block: Pick<BlockContext, 'number' | 'timestamp' | 'gasLimit' | 'baseFeePerGas'>,
  minimumTip = 0n,
): AdmissionRules {
  return {
    chainId: config.chainId,
    fork: hardforkAt(config, block.number, block.timestamp),
    gasLimit: block.gasLimit,
    baseFeePerGas: block.baseFeePerGas ?? 0n,
    blobsMax: blobParametersAt(config, block.timestamp)?.max ?? 0,
    minimumTip,
  }
}

/**
 * The transaction, if it may wait in the pool as far as it says itself.
 * @throws PoolError
 */
export function admitTransaction(bytes: Uint8Array, rules: AdmissionRules): Transaction {
  if (bytes.length > TRANSACTION_BYTES_MAX) {
    throw new PoolError('oversized', `${bytes.length} bytes, limit ${TRANSACTION_BYTES_MAX}`)
  }
  const tx = decode(bytes)
  checkKind(tx, rules)
  checkGasLimit(tx, rules)
  checkFees(tx, rules)
  if (tx.type === BLOB_TYPE) checkBlobs(tx, rules)
  if (tx.type === 4) checkAuthorizations(tx)
  if (tx.nonce >= MAX_NONCE) throw new PoolError('nonceMaximum')
  return tx
}

function decode(bytes: Uint8Array): Transaction {
  try {
    return decodeTransaction(bytes)
  } catch (error) {
    if (!(error instanceof MalformedTransactionError)) throw error
    throw new PoolError('malformed', error.shortMessage)
  }
}

function checkKind(tx: Transaction, { fork, chainId }: AdmissionRules): void {
  if (!isAtLeast(fork, FIRST_FORK_OF_TYPE[tx.type])) {
    throw new PoolError('typeNotSupported', `type ${tx.type} in ${fork}`)
  }
  const isUnprotected = tx.type === 0 && tx.chainId === undefined
  if (!isUnprotected && tx.chainId !== chainId) {
    throw new PoolError('wrongChainId', `have ${tx.chainId} want ${chainId}`)
  }
  if (tx.type === 0 && !isUnprotected && !isAtLeast(fork, 'spuriousDragon')) {
    throw new PoolError('unexpectedProtection')
  }
  if (tx.s > MAX_LOW_S && isAtLeast(fork, 'homestead')) {
    throw new PoolError('invalidSender', 'signature s too high')
  }
  const isLong = tx.to === undefined && tx.data.length > MAX_INITCODE_BYTES
  if (isLong && isAtLeast(fork, 'shanghai')) {
    throw new PoolError('initcodeTooLarge', `${tx.data.length} bytes, limit ${MAX_INITCODE_BYTES}`)
  }
}

function checkGasLimit(tx: Transaction, { fork, gasLimit }: AdmissionRules): void {
  if (tx.gasLimit > gasLimit) {
    throw new PoolError('exceedsBlockGasLimit', `${tx.gasLimit} of ${gasLimit}`)
  }
  if (isAtLeast(fork, 'osaka') && tx.gasLimit > TRANSACTION_GAS_CAP) {
    throw new PoolError('exceedsGasCap', `${tx.gasLimit}, cap ${TRANSACTION_GAS_CAP}`)
  }
  const intrinsic = intrinsicGas(tx, fork)
  if (tx.gasLimit < intrinsic) {
    throw new PoolError('intrinsicGas', `gas ${tx.gasLimit}, minimum needed ${intrinsic}`)
  }
  const floor = floorGas(tx, fork)
  if (tx.gasLimit < floor) {
    throw new PoolError('floorDataGas', `gas ${tx.gasLimit}, minimum needed ${floor}`)
  }
}

function checkFees(tx: Transaction, { minimumTip }: AdmissionRules): void {
  if (tx.gasLimit * tx.maxFeePerGas >= UINT256_LIMIT) throw new PoolError('feeOverflow')
  if (tx.maxPriorityFeePerGas > tx.maxFeePerGas) {
    throw new PoolError(
      'tipAboveFeeCap',
      `maxPriorityFeePerGas: ${tx.maxPriorityFeePerGas}, maxFeePerGas: ${tx.maxFeePerGas}`,
    )
  }
  if (tx.maxPriorityFeePerGas < minimumTip) {
    throw new PoolError(
      'belowMinimumTip',
      `gas tip cap ${tx.maxPriorityFeePerGas}, minimum needed ${minimumTip}`,
    )
  }
}

function checkBlobs(tx: Transaction, { fork, blobsMax }: AdmissionRules): void {
  const count = tx.blobVersionedHashes.length
  const limit = isAtLeast(fork, 'osaka') ? Math.min(MAX_BLOBS_PER_TRANSACTION, blobsMax) : blobsMax
  if (tx.to === undefined) throw new PoolError('blobCreation')
  if (count === 0) throw new PoolError('missingBlobHashes')
  if (count > limit) throw new PoolError('tooManyBlobs', `have ${count}, permitted ${limit}`)
  if (tx.blobVersionedHashes.some((hash) => hash[0] !== BLOB_HASH_VERSION)) {
    throw new PoolError('blobHashVersion')
  }
}

function checkAuthorizations(tx: Transaction): void {
  if (tx.to === undefined) throw new PoolError('setCodeCreation')
  if (tx.authorizationList.length === 0) throw new PoolError('emptyAuthorizations')
}
