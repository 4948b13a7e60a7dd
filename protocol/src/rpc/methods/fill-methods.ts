/** What a wallet asks for before it signs: `eth_fillTransaction`, in go-ethereum's defaults. */

import type { CallRequest } from '@shredcast/shared/chain/call'
import { callTransaction } from '@shredcast/shared/chain/call-transaction'
import { isAbsent } from '@shredcast/shared/chain/json-fields'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { encodeTransaction, transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { ChainReader } from '../backend.ts'
import { parseCallRequest } from '../call-params.ts'
import { currentBaseFee, currentBlobBaseFee, suggestedTip } from '../fee-history.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { optionalQuantity } from '../params.ts'
import { invalidParams, METHOD_NOT_FOUND, RpcError } from '../rpc-error.ts'
import { signedFieldsJson } from '../shapes/transaction-json.ts'
import { gasFor } from './call-methods.ts'

const ZERO_ADDRESS = new Uint8Array(20)

export const fillMethods: MethodTable = {
  eth_fillTransaction: { least: 1, most: 1, run: fill },
}

/** The transaction with zeros for the signature: its fields, and encoded. */
async function fill(params: Params, context: RpcContext) {
  const { chain, calls } = context.backend
  if (calls === undefined) throw new RpcError(METHOD_NOT_FOUND, 'this node executes no calls')
  const json = params.object(0)
  if (!isAbsent(json.blobs)) throw invalidParams('blobs are given by their hashes alone')
  const request = withFees(parseCallRequest(json, chain.config.chainId), chain)
  const nonce = optionalQuantity(json, 'nonce', 64) ?? nextNonce(request, context)
  const gas = request.gas ?? (await gasFor({ calls, request, options: {} }, context))
  const transaction = transactionOf({ ...request, gas }, nonce, chain.config.chainId)
  const raw = encodeTransaction(transaction)
  return {
    raw: bytesToHex(raw),
    tx: { ...signedFieldsJson(transaction), hash: bytesToHex(transactionHash(raw)) },
  }
}

/** As geth: room for base fees twice as high as now. */
function withFees(request: CallRequest, chain: ChainReader): CallRequest {
  const { gasPrice, blobVersionedHashes, maxFeePerBlobGas } = request
  const blobs = blobVersionedHashes !== undefined && {
    maxFeePerBlobGas: maxFeePerBlobGas ?? 2n * currentBlobBaseFee(chain),
  }
  if (gasPrice !== undefined) return { ...request, ...blobs }
  const baseFee = currentBaseFee(chain)
  const { baseFeePerGas } = (chain.openBlock ?? chain.head).header
  if (baseFeePerGas === undefined) return { ...request, gasPrice: suggestedTip(chain) }
  const given = request.maxFeePerGas
  const suggested = suggestedTip(chain)
  const tip = given !== undefined && given < suggested ? given : suggested
  const maxPriorityFeePerGas = request.maxPriorityFeePerGas ?? tip
  const maxFeePerGas = given ?? maxPriorityFeePerGas + 2n * baseFee
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw invalidParams('maxPriorityFeePerGas is above maxFeePerGas')
  }
  return { ...request, maxFeePerGas, maxPriorityFeePerGas, ...blobs }
}

/** Behind all of the sender's that wait. */
function nextNonce({ from = ZERO_ADDRESS }: CallRequest, { backend }: RpcContext): bigint {
  const committed = backend.chain.latestState.account(from)?.nonce ?? 0n
  const next = backend.pool?.nextNonce(from) ?? committed
  return next > committed ? next : committed
}

function transactionOf(
  request: CallRequest & { readonly gas: bigint },
  nonce: bigint,
  chainId: bigint,
): Transaction {
  return { ...callTransaction(request, request.gas), type: typeOf(request), chainId, nonce }
}

/** As geth, type 2 unless the request says otherwise. */
function typeOf(request: CallRequest): Transaction['type'] {
  if (request.authorizationList !== undefined) return 4
  if (request.blobVersionedHashes !== undefined) return 3
  if (request.gasPrice === undefined) return 2
  return request.accessList === undefined ? 0 : 1
}
