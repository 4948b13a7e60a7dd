/** Which block a request is about: a tag, a number or a hash (EIP-1898). */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, jsonObject, parseBytes } from '@shredcast/shared/chain/json-fields'
import { invalidParams } from './rpc-error.ts'

const TAGS = ['latest', 'pending', 'safe', 'finalized', 'earliest'] as const

export type BlockTag = (typeof TAGS)[number]

export type BlockSelector =
  | { readonly tag: BlockTag }
  | { readonly number: bigint }
  | { readonly hash: Uint8Array }

/** @throws RpcError; InvalidJsonFieldError */
export function parseBlockSelector(value: unknown): BlockSelector {
  if (typeof value !== 'object') return parseTagOrNumber(value)
  const object = jsonObject(value, 'block')
  if (isAbsent(object.blockNumber) === isAbsent(object.blockHash)) {
    throw invalidParams('a block is given by one of blockNumber and blockHash')
  }
  return isAbsent(object.blockHash) ? parseTagOrNumber(object.blockNumber) : hashOf(object)
}

/** A block is canonical here or not known at all, so `requireCanonical` asks for nothing more. */
function hashOf({ blockHash }: JsonObject): BlockSelector {
  return { hash: parseBytes(blockHash, 'blockHash', 32) }
}

/** @throws RpcError */
export function parseTagOrNumber(value: unknown): Exclude<BlockSelector, { hash: Uint8Array }> {
  const tag = TAGS.find((name) => name === value)
  if (tag !== undefined) return { tag }
  if (typeof value === 'string' && /^0x[0-9a-f]{1,16}$/i.test(value)) {
    return { number: BigInt(value) }
  }
  throw invalidParams(`a block is one of ${TAGS.join(', ')} or a number in hex`)
}
