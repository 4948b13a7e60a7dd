/** A read-only call in the form of the transaction that it stands for. */

import type { CallRequest } from './call.ts'
import type { Transaction } from './transaction.ts'

const NO_BYTES = new Uint8Array(0)

/** The call as a transaction without nonce, chain id and signature, with `gasMax` gas at most. */
export function callTransaction(request: CallRequest, gasMax: bigint): Transaction {
  const { gas = gasMax, gasPrice, maxFeePerBlobGas = 0n } = request
  const { blobVersionedHashes = [], authorizationList = [], accessList = [] } = request
  return {
    type: typeOf(request),
    chainId: undefined,
    nonce: 0n,
    gasLimit: gas < gasMax ? gas : gasMax,
    maxFeePerGas: gasPrice ?? request.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: gasPrice ?? request.maxPriorityFeePerGas ?? 0n,
    to: request.to,
    value: request.value ?? 0n,
    data: request.data ?? NO_BYTES,
    accessList,
    maxFeePerBlobGas,
    blobVersionedHashes,
    authorizationList,
    yParity: 0,
    r: 0n,
    s: 0n,
  }
}

/** The least type that has what the request asks for. */
function typeOf(request: CallRequest): Transaction['type'] {
  if (request.authorizationList !== undefined) return 4
  if (request.blobVersionedHashes !== undefined) return 3
  const { maxFeePerGas, maxPriorityFeePerGas } = request
  if (maxFeePerGas !== undefined || maxPriorityFeePerGas !== undefined) return 2
  return request.accessList === undefined ? 0 : 1
}
