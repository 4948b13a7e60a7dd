/** One message on a state of the past: `eth_call` and what stands on it. */

import type { BlockContext } from '../../chain/block.ts'
import type { BlockOverrides, CallOptions, CallRequest } from '../../chain/call.ts'
import { callTransaction } from '../../chain/call-transaction.ts'
import type { ChainConfig } from '../../chain/chain-config.ts'
import { hardforkAt } from '../../chain/chain-config.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { assert } from '../../primitives/assert.ts'
import { compareBytes, equalBytes } from '../../primitives/bytes.ts'
import type { CallResult } from '../call-result.ts'
import { CALL_GAS_LIMIT } from '../call-result.ts'
import type { ExecutionResult } from '../reference/execution-result.ts'
import { InvalidTransactionError } from '../reference/execution-result.ts'
import type { ReferenceExecutor } from '../reference/reference-executor.ts'
import type { OverlayState } from './overlay-state.ts'

const ZERO_ADDRESS = new Uint8Array(20)

export interface PreparedMessage {
  readonly transaction: Transaction
  readonly sender: Uint8Array
}

/** Opens the block as the message is to find it, and overrides the state. */
export function prepareMessage(
  executor: ReferenceExecutor,
  config: ChainConfig,
  { state, context }: { readonly state: OverlayState; readonly context: BlockContext },
  request: CallRequest,
  options: CallOptions,
): PreparedMessage {
  const { blockOverrides = {}, stateOverrides = [], gasLimit = CALL_GAS_LIMIT } = options
  const fork = hardforkAt(config, context.number, context.timestamp)
  const isFree = (request.gasPrice ?? request.maxFeePerGas ?? 0n) === 0n
  const areBlobsFree = (request.maxFeePerBlobGas ?? 0n) === 0n
  executor.openBlock(overriddenContext(context, blockOverrides, isFree), config, {
    fork,
    blobBaseFee: areBlobsFree ? 0n : blockOverrides.blobBaseFee,
  })
  state.override(stateOverrides)
  const sender = request.from ?? ZERO_ADDRESS
  const nonce = state.nonce(sender)
  const transaction = callTransaction(request, gasLimit)
  return { transaction: { ...transaction, nonce, chainId: config.chainId }, sender }
}

/** A call without a price finds a base fee of zero, as in go-ethereum. */
function overriddenContext(
  context: BlockContext,
  overrides: BlockOverrides,
  isFree: boolean,
): BlockContext {
  const { number, time, gasLimit, feeRecipient, prevRandao } = overrides
  const baseFee = overrides.baseFeePerGas ?? context.baseFeePerGas
  return {
    ...context,
    ...(number !== undefined && { number }),
    ...(time !== undefined && { timestamp: time }),
    ...(gasLimit !== undefined && { gasLimit }),
    ...(feeRecipient !== undefined && { beneficiary: feeRecipient }),
    ...(prevRandao !== undefined && { prevRandao }),
    ...(baseFee !== undefined && { baseFeePerGas: isFree ? 0n : baseFee }),
  }
}

/** Executes a prepared message; the state stays as it is. */
export async function runMessage(
  executor: ReferenceExecutor,
  state: OverlayState,
  { transaction, sender }: PreparedMessage,
): Promise<ExecutionResult | InvalidTransactionError> {
  try {
    return await executor.executeMessage(transaction, sender, state)
  } catch (error) {
    if (error instanceof InvalidTransactionError) return error
    throw error
  }
}

export function callResultOf(
  result: ExecutionResult | InvalidTransactionError,
  { transaction, sender }: PreparedMessage,
  warm: readonly Uint8Array[] | undefined,
): CallResult {
  if (result instanceof InvalidTransactionError) return { status: 'invalid', reason: result.reason }
  const { gasUsed, logs, message } = result
  assert(message !== undefined, 'a transaction has a message')
  const { output, failure, maxGasUsed } = message
  const known = [sender, ...(transaction.to ? [transaction.to] : []), ...(warm ?? [])]
  const executed = {
    gasUsed,
    gasRefund: maxGasUsed - gasUsed,
    gasLeft: transaction.gasLimit - gasUsed,
    ...(warm !== undefined && { accessList: accessListOf(message.accessed(), known) }),
  }
  if (failure === undefined) return { ...executed, status: 'success', output, logs }
  if (failure === 'execution reverted') return { ...executed, status: 'reverted', output }
  return { ...executed, status: 'failed', reason: failure }
}

/** What is warm in any case besides sender and recipient (EIP-3651). */
export function alwaysWarm(config: ChainConfig, context: BlockContext): Uint8Array[] {
  const fork = hardforkAt(config, context.number, context.timestamp)
  return isAtLeast(fork, 'shanghai') ? [context.beneficiary] : []
}

/** In ascending order, without `known` accounts of which no slot was accessed. */
function accessListOf(
  accessed: ReturnType<NonNullable<ExecutionResult['message']>['accessed']>,
  known: readonly Uint8Array[],
) {
  return accessed
    .filter(({ address, storageKeys }) => {
      return storageKeys.length > 0 || !known.some((account) => equalBytes(account, address))
    })
    .map(({ address, storageKeys }) => {
      return { address, storageKeys: [...storageKeys].sort(compareBytes) }
    })
    .sort((a, b) => compareBytes(a.address, b.address))
}
