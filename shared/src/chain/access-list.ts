/** EIP-2930 access lists: addresses and storage keys that a transaction pays for in advance. */

import type { RlpItem } from '../primitives/rlp.ts'
import { jsonArray, jsonBytes, jsonObject, parseBytes } from './json-fields.ts'
import type { FieldCodec } from './rlp-fields.ts'
import { addressBytes, hashBytes, listField, listOf } from './rlp-fields.ts'

export interface AccessListEntry {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** 32 bytes each. */
  readonly storageKeys: readonly Uint8Array[]
}

const storageKeyList = listField(hashBytes)

const entryField: FieldCodec<AccessListEntry> = {
  decode(item) {
    const [address, storageKeys] = listOf(item, 2) as [RlpItem, RlpItem]
    return {
      address: addressBytes.decode(address),
      storageKeys: storageKeyList.decode(storageKeys),
    }
  },
  encode: ({ address, storageKeys }) => [address, storageKeys],
}

export const accessListField = listField(entryField)

/**
 * Access list as JSON-RPC gives it.
 * @throws InvalidJsonFieldError
 */
export function accessListFromRpc(value: unknown): AccessListEntry[] {
  return jsonArray(value, 'accessList').map((item) => {
    const entry = jsonObject(item, 'accessList entry')
    return {
      address: jsonBytes(entry, 'address', 20),
      storageKeys: jsonArray(entry.storageKeys, 'storageKeys').map((key) => {
        return parseBytes(key, 'storage key', 32)
      }),
    }
  })
}
