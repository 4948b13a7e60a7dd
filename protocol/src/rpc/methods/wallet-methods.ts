/**
 * Signing and sending in the name of an account, as a node does that has keys: only that of a
 * development chain. What the request leaves open is filled in as a wallet would.
 */

import type { CallRequest } from '@shredcast/shared/chain/call'
import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { TransactionPool } from '../backend.ts'
import { parseCallRequest } from '../call-params.ts'
import type { DevAccounts, DevBackend, UnsignedTransaction } from '../dev-backend.ts'
import { currentBaseFee, suggestedTip } from '../fee-history.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { optionalQuantity } from '../params.ts'
import { TransactionRefusedError } from '../pool-error.ts'
import { invalidParams, METHOD_NOT_FOUND, RpcError, SERVER_ERROR } from '../rpc-error.ts'
import { gasFor } from './call-methods.ts'
import { devMethod } from './dev-methods.ts'
import { commitOf } from './send-methods.ts'

const NO_BYTES = new Uint8Array(0)

export const walletMethods: MethodTable = {
  eth_sendTransaction: devMethod(1, 1, (params, dev, context) => {
    return send(params, dev, context, (tx, sender) => dev.accounts.sign(tx, sender))
  }),
  /** From any account, whoever has its key. */
  eth_sendUnsignedTransaction: devMethod(1, 1, (params, dev, context) => {
    return send(params, dev, context, (tx, sender) => dev.accounts.unsigned(tx, sender))
  }),
  eth_signTransaction: devMethod(1, 1, signTransaction),
  eth_sign: devMethod(2, 2, (params, { accounts }) => {
    return accounts.signMessage(params.address(0), params.bytes(1))
  }),
  personal_sign: devMethod(2, 3, (params, { accounts }) => {
    return accounts.signMessage(params.address(1), params.bytes(0))
  }),
  eth_signTypedData_v4: devMethod(2, 2, (params, { accounts }) => {
    return accounts.signTypedData(params.address(0), typedDataOf(params.value(1)))
  }),
}

interface FilledTransaction {
  readonly transaction: UnsignedTransaction
  readonly sender: Uint8Array
}

/** One at a time, so that each finds the nonce behind the one before. */
function send(
  params: Params,
  dev: DevBackend,
  context: RpcContext,
  sign: DevAccounts['sign'],
): Promise<string> {
  const json = params.object(0)
  const pool = poolOf(context)
  return dev.accounts.inTurn(async () => {
    const { transaction, sender } = await fill(json, pool, context)
    const { bytes, impersonated } = sign(transaction, sender)
    try {
      const options = { mustBeReady: false, ...(impersonated && { impersonated }) }
      const hash = await pool.add(bytes, options)
      await commitOf(hash, context)
      return bytesToHex(hash)
    } catch (error) {
      if (!(error instanceof TransactionRefusedError)) throw error
      throw new RpcError(SERVER_ERROR, error.shortMessage)
    }
  })
}

/** As anvil answers: the signed bytes alone. */
async function signTransaction(params: Params, { accounts }: DevBackend, context: RpcContext) {
  const filled = await fill(params.object(0), poolOf(context), context)
  const { bytes, impersonated } = accounts.sign(filled.transaction, filled.sender)
  if (impersonated === undefined) return bytesToHex(bytes)
  throw new RpcError(SERVER_ERROR, 'who is impersonated can send, but nobody can sign for him')
}

/** @throws RpcError */
async function fill(
  json: JsonObject,
  pool: TransactionPool,
  context: RpcContext,
): Promise<FilledTransaction> {
  const { chain, calls } = context.backend
  const { chainId } = chain.config
  const request = parseCallRequest(json, chainId)
  const { from: sender, to, value = 0n, data = NO_BYTES } = request
  if (sender === undefined) throw invalidParams('from is missing')
  if (request.blobVersionedHashes !== undefined) throw invalidParams('blobs are not signed here')
  if (calls === undefined) throw new RpcError(METHOD_NOT_FOUND, 'this node executes no calls')
  const nonce = optionalQuantity(json, 'nonce', 64) ?? pool.nextNonce(sender)
  const { accessList = [], authorizationList = [] } = request
  const gasLimit = request.gas ?? (await gasFor({ calls, request, options: {} }, context))
  const transaction: UnsignedTransaction = {
    ...pricesOf(request, context),
    ...{ chainId, nonce, gasLimit, to, value, data, accessList, authorizationList },
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
  }
  return { transaction, sender }
}

type Prices = Pick<UnsignedTransaction, 'type' | 'maxFeePerGas' | 'maxPriorityFeePerGas'>

/** A gas price makes it a transaction from before London; else what is missing is what is suggested. */
function pricesOf(request: CallRequest, { backend: { chain } }: RpcContext): Prices {
  const { gasPrice, accessList, authorizationList } = request
  if (gasPrice !== undefined) {
    if (request.maxFeePerGas !== undefined || request.maxPriorityFeePerGas !== undefined) {
      throw invalidParams('both gasPrice and maxFeePerGas or maxPriorityFeePerGas are given')
    }
    const type = accessList === undefined ? 0 : 1
    return { type, maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice }
  }
  const type = authorizationList === undefined ? 2 : 4
  const cap = request.maxFeePerGas
  const suggested = request.maxPriorityFeePerGas ?? suggestedTip(chain)
  const isAbove = request.maxPriorityFeePerGas === undefined && cap !== undefined && suggested > cap
  const maxPriorityFeePerGas = isAbove ? cap : suggested
  const maxFeePerGas = cap ?? 2n * currentBaseFee(chain) + maxPriorityFeePerGas
  return { type, maxFeePerGas, maxPriorityFeePerGas }
}

function poolOf({ backend }: RpcContext): TransactionPool {
  if (backend.pool !== undefined) return backend.pool
  throw new RpcError(METHOD_NOT_FOUND, 'this node takes no transactions')
}

/** As an object, or as its JSON, which wallets send. */
function typedDataOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    throw invalidParams('parameter 1 (typed data) is not JSON')
  }
}
