/**
 * Why the mempool refuses a transaction. The texts are geth's (`core/error.go`,
 * `core/txpool/errors.go`), because wallets and libraries recognise them.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'

const TEXT_OF_CODE = {
  oversized: 'oversized data',
  malformed: 'rlp: invalid transaction',
  typeNotSupported: 'transaction type not supported',
  wrongChainId: 'invalid chain id for signer',
  unexpectedProtection: 'transaction type not supported: replay protection before EIP-155',
  initcodeTooLarge: 'max initcode size exceeded',
  exceedsBlockGasLimit: 'exceeds block gas limit',
  exceedsGasCap: 'transaction gas limit too high',
  feeOverflow: 'max fee per gas higher than 2^256-1',
  tipAboveFeeCap: 'max priority fee per gas higher than max fee per gas',
  invalidSender: 'invalid sender',
  intrinsicGas: 'intrinsic gas too low',
  floorDataGas: 'insufficient gas for floor data gas cost',
  belowMinimumTip: 'transaction gas price below minimum',
  blobCreation: 'blob transaction of type create',
  missingBlobHashes: 'blob transaction missing blob hashes',
  tooManyBlobs: 'too many blobs in transaction',
  blobHashVersion: 'blob hash has invalid version',
  blobHashMismatch: 'blob commitment does not match its versioned hash',
  blobProof: 'invalid blob sidecar',
  sidecarCount: 'invalid number of parts in the blob sidecar',
  sidecarVersion: 'blob sidecar version not supported',
  setCodeCreation: 'EIP-7702 transaction cannot be used to create contract',
  emptyAuthorizations: 'EIP-7702 transaction with empty auth list',
  senderHasCode: 'sender not an eoa',
  nonceTooLow: 'nonce too low',
  nonceMaximum: 'nonce has max value',
  insufficientFunds: 'insufficient funds for gas * price + value',
  alreadyKnown: 'already known',
  replacementUnderpriced: 'replacement transaction underpriced',
  underpriced: 'transaction underpriced',
  accountLimit: 'account limit exceeded',
  poolFull: 'txpool is full',
  stopping: 'the node is stopping',
} as const

export type PoolErrorCode = keyof typeof TEXT_OF_CODE

/** A transaction that the pool does not take. */
export class PoolError extends BaseError {
  override readonly name = 'Mempool.PoolError'
  readonly code: PoolErrorCode

  /** `details`: what was found, and what was expected. */
  constructor(code: PoolErrorCode, details?: string) {
    const text = TEXT_OF_CODE[code]
    super(details === undefined ? text : `${text}: ${details}`)
    this.code = code
  }
}
