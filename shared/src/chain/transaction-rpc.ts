/** Signed bytes of transactions from the JSON objects that `eth_getBlock` lists. */

import { accessListFromRpc } from './access-list.ts'
import { authorizationListFromRpc } from './authorization.ts'
import type { JsonObject } from './json-fields.ts'
import {
  InvalidJsonFieldError,
  isAbsent,
  jsonArray,
  jsonBytes,
  jsonOptionalQuantity,
  jsonQuantity,
  parseBytes,
} from './json-fields.ts'
import type { Transaction } from './transaction.ts'
import { encodeTransaction, signatureOfV } from './transaction.ts'

/**
 * Signed bytes, in the form blocks hold them, of a full transaction object.
 * @throws InvalidJsonFieldError
 * @throws InvalidFieldError when `v` of a legacy transaction is out of range
 */
export function signedTransactionFromRpc(json: JsonObject): Uint8Array {
  return encodeTransaction(transactionFromRpc(json))
}

function transactionFromRpc(json: JsonObject): Transaction {
  const type = typeFromRpc(json)
  const hasFeeMarket = type >= 2
  return {
    type,
    nonce: jsonQuantity(json, 'nonce'),
    gasLimit: jsonQuantity(json, 'gas'),
    maxFeePerGas: jsonQuantity(json, hasFeeMarket ? 'maxFeePerGas' : 'gasPrice'),
    maxPriorityFeePerGas: jsonQuantity(json, hasFeeMarket ? 'maxPriorityFeePerGas' : 'gasPrice'),
    to: isAbsent(json.to) ? undefined : jsonBytes(json, 'to', 20),
    value: jsonQuantity(json, 'value'),
    data: jsonBytes(json, 'input'),
    accessList: type === 0 ? [] : accessListFromRpc(json.accessList),
    maxFeePerBlobGas: type === 3 ? jsonQuantity(json, 'maxFeePerBlobGas') : 0n,
    blobVersionedHashes: type === 3 ? blobHashesFromRpc(json.blobVersionedHashes) : [],
    authorizationList: type === 4 ? authorizationListFromRpc(json.authorizationList) : [],
    ...parityFromRpc(json, type),
    r: jsonQuantity(json, 'r'),
    s: jsonQuantity(json, 's'),
  }
}

function typeFromRpc(json: JsonObject): Transaction['type'] {
  const type = jsonOptionalQuantity(json, 'type') ?? 0n
  if (type > 4n) throw new InvalidJsonFieldError(`type ${type} is no known transaction type`)
  return Number(type) as Transaction['type']
}

/** Of legacy transactions v alone says whether EIP-155 applies; `chainId` may be given anyway. */
function parityFromRpc(
  json: JsonObject,
  type: Transaction['type'],
): Pick<Transaction, 'chainId' | 'yParity'> {
  const v = jsonOptionalQuantity(json, 'v') ?? jsonQuantity(json, 'yParity')
  if (type === 0) return signatureOfV(v)
  if (v > 1n) throw new InvalidJsonFieldError(`v of a typed transaction must be 0 or 1, not ${v}`)
  return { chainId: jsonQuantity(json, 'chainId'), yParity: v === 0n ? 0 : 1 }
}

function blobHashesFromRpc(value: unknown): Uint8Array[] {
  return jsonArray(value, 'blobVersionedHashes').map((hash) => parseBytes(hash, 'blob hash', 32))
}
