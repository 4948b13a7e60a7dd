/**
 * Whether a transaction may be executed at its place, and what it pays. The checks and their order
 * are go-ethereum's (`core/types/transaction_signing.go`, `core/state_transition.go`), so that an
 * invalid transaction has the same reason here and there. Block gas and block blob gas depend on the
 * transactions before it and are the committer's to check.
 */

import { GAS_PER_BLOB } from '../../chain/blob-gas.ts'
import type { ChainConfig } from '../../chain/chain-config.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { effectiveGasPrice } from '../../chain/transaction.ts'
import type { BlockEnvironment } from './block-environment.ts'
import { isDelegation } from './delegation.ts'
import { InvalidTransactionError } from './execution-result.ts'
import { floorGas, intrinsicGas } from './intrinsic-gas.ts'
import {
  MAX_BLOBS_PER_TRANSACTION,
  MAX_INITCODE_BYTES,
  MAX_LOW_S,
  MAX_NONCE,
  TRANSACTION_GAS_CAP,
} from './limits.ts'
import type { AccountState } from './state/account-state.ts'

/** What a valid transaction pays: gas in units, prices in wei per unit, `blobFee` in wei. */
export interface TransactionCharges {
  readonly intrinsicGas: bigint
  readonly floorGas: bigint
  readonly gasPrice: bigint
  /** Price that the beneficiary gets. */
  readonly tipPrice: bigint
  readonly blobFee: bigint
}

/**
 * `eager`: nonce and balance are read and checked now. `lazy`: they are expected, and the committer
 * checks them. `message`: as eager, for what nobody has signed, and what pays nothing need not cover
 * the base fee.
 */
export type Checks = 'eager' | 'lazy' | 'message'

const UINT256_LIMIT = 2n ** 256n
const BLOB_HASH_VERSION = 1
const FIRST_FORK_OF_TYPE = ['frontier', 'berlin', 'london', 'cancun', 'prague'] as const

/**
 * Checks everything, and makes the sender's account require or hold what the transaction costs at
 * most.
 * @throws InvalidTransactionError
 */
export function checkTransaction(
  tx: Transaction,
  sender: AccountState,
  block: BlockEnvironment,
  checks: Checks,
): TransactionCharges {
  const eager = checks !== 'lazy'
  checkSignature(tx, block)
  checkNonce(tx, sender, eager)
  if (checks !== 'message') {
    checkGasCap(tx, block)
    checkSenderCode(sender, tx, block)
  }
  const isFree = checks === 'message' && tx.maxFeePerGas === 0n
  if (!isFree) checkFees(tx, block.context.baseFeePerGas)
  if (tx.type === 3) checkBlobs(tx, block)
  if (tx.type === 4) checkAuthorizationList(tx)
  checkFunds(tx, sender, eager)
  const charges = chargesOf(tx, block)
  if (tx.gasLimit < charges.intrinsicGas) throw new InvalidTransactionError('intrinsic gas too low')
  if (tx.gasLimit < charges.floorGas) {
    throw new InvalidTransactionError('gas limit below floor data cost')
  }
  checkInitcode(tx, block)
  return charges
}

function checkSignature(tx: Transaction, { fork, config }: BlockEnvironment): void {
  if (!isAtLeast(fork, FIRST_FORK_OF_TYPE[tx.type])) {
    throw new InvalidTransactionError('transaction type not supported by the fork')
  }
  checkChainId(tx, config)
  if (tx.type === 0 && tx.chainId !== undefined && !isAtLeast(fork, 'spuriousDragon')) {
    throw new InvalidTransactionError('replay-protected signature before EIP-155')
  }
  if (tx.s > MAX_LOW_S && isAtLeast(fork, 'homestead')) {
    throw new InvalidTransactionError('signature s too high')
  }
}

function checkChainId(tx: Transaction, config: ChainConfig): void {
  if (tx.chainId === config.chainId || (tx.type === 0 && tx.chainId === undefined)) return
  throw new InvalidTransactionError('wrong chain id')
}

function checkNonce(tx: Transaction, sender: AccountState, eager: boolean): void {
  if (!eager) {
    sender.expectNonce(tx.nonce)
  } else if (sender.nonce !== tx.nonce) {
    const reason = tx.nonce < sender.nonce ? 'nonce too low' : 'nonce too high'
    throw new InvalidTransactionError(reason, `${tx.nonce} where ${sender.nonce} is next`)
  }
  if (tx.nonce >= MAX_NONCE) throw new InvalidTransactionError('nonce at maximum')
}

function checkGasCap(tx: Transaction, { fork }: BlockEnvironment): void {
  if (isAtLeast(fork, 'osaka') && tx.gasLimit > TRANSACTION_GAS_CAP) {
    throw new InvalidTransactionError('gas limit exceeds the transaction gas cap')
  }
}

/**
 * EIP-3607, which holds for all blocks; from Prague on a delegated account may send (EIP-7702). A
 * sender without a signature (s = 0) is one that a development chain impersonates: any account.
 */
function checkSenderCode(sender: AccountState, tx: Transaction, { fork }: BlockEnvironment): void {
  if (tx.s === 0n) return
  const { code } = sender
  if (code === undefined || code.bytes.length === 0) return
  if (isAtLeast(fork, 'prague') && isDelegation(code.bytes)) return
  throw new InvalidTransactionError('sender is not an externally owned account')
}

function checkFees(tx: Transaction, baseFeePerGas: bigint | undefined): void {
  if (baseFeePerGas === undefined) return
  if (tx.maxPriorityFeePerGas > tx.maxFeePerGas) {
    throw new InvalidTransactionError('priority fee above fee cap')
  }
  if (tx.maxFeePerGas < baseFeePerGas) {
    throw new InvalidTransactionError('fee cap below base fee')
  }
}

function checkBlobs(tx: Transaction, block: BlockEnvironment): void {
  const count = tx.blobVersionedHashes.length
  if (tx.to === undefined) throw new InvalidTransactionError('blob transaction without recipient')
  if (count === 0) throw new InvalidTransactionError('blob transaction without blobs')
  const limit = isAtLeast(block.fork, 'osaka') ? MAX_BLOBS_PER_TRANSACTION : Number.MAX_VALUE
  if (count > Math.min(limit, block.blobs?.max ?? 0)) {
    throw new InvalidTransactionError('too many blobs in transaction')
  }
  if (tx.blobVersionedHashes.some((hash) => hash[0] !== BLOB_HASH_VERSION)) {
    throw new InvalidTransactionError('invalid blob hash version')
  }
  if (tx.maxFeePerBlobGas < (block.blobBaseFee ?? 0n)) {
    throw new InvalidTransactionError('blob fee cap below blob base fee')
  }
}

function checkAuthorizationList(tx: Transaction): void {
  if (tx.to === undefined) {
    throw new InvalidTransactionError('set-code transaction without recipient')
  }
  if (tx.authorizationList.length === 0) {
    throw new InvalidTransactionError('set-code transaction without authorizations')
  }
}

function checkFunds(tx: Transaction, sender: AccountState, eager: boolean): void {
  const blobGas = BigInt(tx.blobVersionedHashes.length) * GAS_PER_BLOB
  const most = tx.gasLimit * tx.maxFeePerGas + blobGas * tx.maxFeePerBlobGas + tx.value
  if (most >= UINT256_LIMIT) {
    throw new InvalidTransactionError('gas limit times price overflows 256 bits')
  }
  if (eager && sender.balance < most) {
    throw new InvalidTransactionError(
      'insufficient funds for gas * price + value',
      `needs ${most} wei, has ${sender.balance}`,
    )
  }
  sender.requireBalance(most)
}

function chargesOf(tx: Transaction, block: BlockEnvironment): TransactionCharges {
  const { baseFeePerGas } = block.context
  const gasPrice = effectiveGasPrice(tx, baseFeePerGas)
  const blobGas = BigInt(tx.blobVersionedHashes.length) * GAS_PER_BLOB
  const tipPrice = gasPrice - (baseFeePerGas ?? 0n)
  return {
    intrinsicGas: intrinsicGas(tx, block.fork),
    floorGas: floorGas(tx, block.fork),
    gasPrice,
    // A message that pays nothing is below the base fee.
    tipPrice: tipPrice > 0n ? tipPrice : 0n,
    blobFee: blobGas * (block.blobBaseFee ?? 0n),
  }
}

function checkInitcode(tx: Transaction, { fork }: BlockEnvironment): void {
  const isTooLarge = tx.to === undefined && tx.data.length > MAX_INITCODE_BYTES
  if (isTooLarge && isAtLeast(fork, 'shanghai')) {
    throw new InvalidTransactionError('initcode too large')
  }
}
