/** EIP-7702 authorizations: a signer lets the code of another address stand for its own. */

import type { RlpItem } from '../primitives/rlp.ts'
import {
  jsonArray,
  jsonBytes,
  jsonObject,
  jsonOptionalQuantity,
  jsonQuantity,
} from './json-fields.ts'
import type { FieldCodec } from './rlp-fields.ts'
import { addressBytes, listField, listOf, uint64, uint256, uintField } from './rlp-fields.ts'

export interface Authorization {
  /** 0: valid on every chain. */
  readonly chainId: bigint
  /** Whose code to run, 20 bytes; the zero address takes the delegation back. */
  readonly address: Uint8Array
  readonly nonce: bigint
  /** 0 to 255 as far as the format goes; above 1 the authorization is void, not the transaction. */
  readonly yParity: number
  readonly r: bigint
  readonly s: bigint
}

const uint8 = uintField(1)

const authorizationField: FieldCodec<Authorization> = {
  decode(item) {
    const fields = listOf(item, 6) as [RlpItem, RlpItem, RlpItem, RlpItem, RlpItem, RlpItem]
    return {
      chainId: uint256.decode(fields[0]),
      address: addressBytes.decode(fields[1]),
      nonce: uint64.decode(fields[2]),
      yParity: Number(uint8.decode(fields[3])),
      r: uint256.decode(fields[4]),
      s: uint256.decode(fields[5]),
    }
  },
  encode: ({ chainId, address, nonce, yParity, r, s }) => [
    uint256.encode(chainId),
    address,
    uint64.encode(nonce),
    uint8.encode(BigInt(yParity)),
    uint256.encode(r),
    uint256.encode(s),
  ],
}

export const authorizationListField = listField(authorizationField)

/**
 * Authorization list as JSON-RPC gives it.
 * @throws InvalidJsonFieldError
 */
export function authorizationListFromRpc(value: unknown): Authorization[] {
  return jsonArray(value, 'authorizationList').map((item) => {
    const entry = jsonObject(item, 'authorizationList entry')
    return {
      chainId: jsonQuantity(entry, 'chainId'),
      address: jsonBytes(entry, 'address', 20),
      nonce: jsonQuantity(entry, 'nonce'),
      yParity: Number(jsonOptionalQuantity(entry, 'yParity') ?? jsonQuantity(entry, 'v')),
      r: jsonQuantity(entry, 'r'),
      s: jsonQuantity(entry, 's'),
    }
  })
}
