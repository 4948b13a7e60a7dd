/** Reads what `eth_call` and its kin are given: the message, state overrides, block overrides. */

import { accessListFromRpc } from '@shredcast/shared/chain/access-list'
import { authorizationListFromRpc } from '@shredcast/shared/chain/authorization'
import type {
  BlockOverrides,
  CallRequest,
  SlotOverride,
  StateOverride,
} from '@shredcast/shared/chain/call'
import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, jsonArray, jsonObject, parseBytes } from '@shredcast/shared/chain/json-fields'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { optionalBytes, optionalQuantity, parseSlotKey } from './params.ts'
import { invalidParams } from './rpc-error.ts'

/** @throws RpcError; InvalidJsonFieldError */
export function parseCallRequest(json: JsonObject, chainId: bigint): CallRequest {
  const given = optionalQuantity(json, 'chainId')
  if (given !== undefined && given !== chainId) {
    throw invalidParams(`chain id ${given} is not that of this chain, ${chainId}`)
  }
  return {
    from: optionalBytes(json, 'from', 20),
    to: optionalBytes(json, 'to', 20),
    gas: optionalQuantity(json, 'gas', 64),
    gasPrice: optionalQuantity(json, 'gasPrice'),
    maxFeePerGas: optionalQuantity(json, 'maxFeePerGas'),
    maxPriorityFeePerGas: optionalQuantity(json, 'maxPriorityFeePerGas'),
    maxFeePerBlobGas: optionalQuantity(json, 'maxFeePerBlobGas'),
    value: optionalQuantity(json, 'value'),
    data: dataOf(json),
    accessList: isAbsent(json.accessList) ? undefined : accessListFromRpc(json.accessList),
    blobVersionedHashes: isAbsent(json.blobVersionedHashes)
      ? undefined
      : jsonArray(json.blobVersionedHashes, 'blobVersionedHashes').map((hash) => {
          return parseBytes(hash, 'blob hash', 32)
        }),
    authorizationList: isAbsent(json.authorizationList)
      ? undefined
      : authorizationListFromRpc(json.authorizationList),
  }
}

/** `input` is the newer name of `data`; both may be given when they say the same. */
function dataOf(json: JsonObject): Uint8Array | undefined {
  const data = optionalBytes(json, 'data')
  const input = optionalBytes(json, 'input')
  if (data !== undefined && input !== undefined && !equalBytes(data, input)) {
    throw invalidParams('data and input are given and differ')
  }
  return input ?? data
}

/** @throws RpcError; InvalidJsonFieldError */
export function parseStateOverrides(value: unknown): StateOverride[] {
  if (value === undefined) return []
  return Object.entries(jsonObject(value, 'state overrides')).map(([address, override]) => {
    const json = jsonObject(override, 'state override')
    if (!isAbsent(json.state) && !isAbsent(json.stateDiff)) {
      throw invalidParams('a state override has one of state and stateDiff')
    }
    if (!isAbsent(json.movePrecompileToAddress)) {
      throw invalidParams('movePrecompileToAddress is not supported')
    }
    return {
      address: parseBytes(address, 'overridden address', 20),
      balance: optionalQuantity(json, 'balance'),
      nonce: optionalQuantity(json, 'nonce', 64),
      code: optionalBytes(json, 'code'),
      state: slotsOf(json, 'state'),
      stateDiff: slotsOf(json, 'stateDiff'),
    }
  })
}

function slotsOf(json: JsonObject, key: string): SlotOverride[] | undefined {
  if (isAbsent(json[key])) return undefined
  return Object.entries(jsonObject(json[key], key)).map(([slot, value]) => {
    return { key: parseSlotKey(slot, 'storage key'), value: parseBytes(value, 'slot value', 32) }
  })
}

/** @throws RpcError; InvalidJsonFieldError */
export function parseBlockOverrides(value: unknown): BlockOverrides | undefined {
  if (value === undefined) return undefined
  const json = jsonObject(value, 'block overrides')
  return {
    number: optionalQuantity(json, 'number', 64),
    time: optionalQuantity(json, 'time', 64),
    gasLimit: optionalQuantity(json, 'gasLimit', 64),
    feeRecipient: optionalBytes(json, 'feeRecipient', 20),
    prevRandao: optionalBytes(json, 'prevRandao', 32),
    baseFeePerGas: optionalQuantity(json, 'baseFeePerGas'),
    blobBaseFee: optionalQuantity(json, 'blobBaseFee'),
  }
}
