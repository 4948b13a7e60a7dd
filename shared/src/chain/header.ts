/**
 * Block headers: fields, RLP (Yellow Paper 4.3 with EIP-1559, 4895, 4844, 4788 and 7685), hash, and
 * the form that `eth_getBlock` gives. Each fork only appended fields, so a header ends where its
 * fork's fields end.
 */

import { BaseError } from '../primitives/base-error.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import type { JsonObject } from './json-fields.ts'
import { jsonBytes, jsonQuantity } from './json-fields.ts'
import { BLOOM_BYTES } from './receipt.ts'
import type { FieldCodec } from './rlp-fields.ts'
import {
  addressBytes,
  anyBytes,
  bytesField,
  decodeNamed,
  hashBytes,
  isDecodingError,
  listOf,
  uint64,
  uint256,
} from './rlp-fields.ts'

export interface Header {
  readonly parentHash: Uint8Array
  readonly ommersHash: Uint8Array
  readonly beneficiary: Uint8Array
  readonly stateRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly difficulty: bigint
  readonly number: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds. */
  readonly timestamp: bigint
  readonly extraData: Uint8Array
  /** PREVRANDAO from Paris on. */
  readonly mixHash: Uint8Array
  /** 8 bytes. */
  readonly nonce: Uint8Array
  /** From London on, in wei. */
  readonly baseFeePerGas?: bigint
  /** From Shanghai on. */
  readonly withdrawalsRoot?: Uint8Array
  /** From Cancun on. */
  readonly blobGasUsed?: bigint
  /** From Cancun on. */
  readonly excessBlobGas?: bigint
  /** From Cancun on. */
  readonly parentBeaconBlockRoot?: Uint8Array
  /** From Prague on. */
  readonly requestsHash?: Uint8Array
}

export class MalformedHeaderError extends BaseError {
  override readonly name = 'Chain.MalformedHeaderError'
}

interface HeaderField {
  readonly key: keyof Header
  /** Its name in JSON-RPC. */
  readonly rpcKey: string
  readonly codec: FieldCodec<bigint> | FieldCodec<Uint8Array>
  /** Byte length in JSON-RPC; undefined for integers, 'any' for extra data. */
  readonly rpcLength: number | 'any' | undefined
}

function integer(key: keyof Header, codec = uint64): HeaderField {
  return { key, rpcKey: key, codec, rpcLength: undefined }
}

function hash(key: keyof Header, rpcKey: string = key): HeaderField {
  return { key, rpcKey, codec: hashBytes, rpcLength: 32 }
}

const FIELDS: readonly HeaderField[] = [
  hash('parentHash'),
  hash('ommersHash', 'sha3Uncles'),
  { key: 'beneficiary', rpcKey: 'miner', codec: addressBytes, rpcLength: 20 },
  hash('stateRoot'),
  hash('transactionsRoot'),
  hash('receiptsRoot'),
  { key: 'logsBloom', rpcKey: 'logsBloom', codec: bytesField(BLOOM_BYTES), rpcLength: BLOOM_BYTES },
  integer('difficulty', uint256),
  integer('number'),
  integer('gasLimit'),
  integer('gasUsed'),
  integer('timestamp'),
  { key: 'extraData', rpcKey: 'extraData', codec: anyBytes, rpcLength: 'any' },
  hash('mixHash'),
  { key: 'nonce', rpcKey: 'nonce', codec: bytesField(8), rpcLength: 8 },
  integer('baseFeePerGas', uint256),
  hash('withdrawalsRoot'),
  integer('blobGasUsed'),
  integer('excessBlobGas'),
  hash('parentBeaconBlockRoot'),
  hash('requestsHash'),
]

/** Field counts that a fork ends at: Frontier, London, Shanghai, Cancun, Prague. */
const FIELD_COUNTS: ReadonlySet<number> = new Set([15, 16, 17, 20, 21])

const REQUIRED_COUNT = 15

/** @throws MalformedHeaderError when the header has a later fork's field without an earlier one's */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp(headerToItem(header))
}

/** The header as an RLP item, as it stands in a block. */
export function headerToItem(header: Header): RlpItem[] {
  const count = fieldCount(header)
  return FIELDS.slice(0, count).map(({ key, codec }) => {
    return (codec as FieldCodec<unknown>).encode(header[key])
  })
}

function fieldCount(header: Header): number {
  const count = FIELDS.findIndex(({ key }) => header[key] === undefined)
  if (count === -1) return FIELDS.length
  const stray = FIELDS.slice(count).find(({ key }) => header[key] !== undefined)
  if (stray !== undefined || !FIELD_COUNTS.has(count)) {
    const what = stray === undefined ? 'belongs to no fork' : `has ${stray.key}`
    throw new MalformedHeaderError(`header without ${FIELDS[count]?.key} ${what}`)
  }
  return count
}

export function headerHash(header: Header): Uint8Array {
  return keccak256(encodeHeader(header))
}

/**
 * Decodes an RLP header; how many fields there are tells the fork it claims.
 * @throws MalformedHeaderError unless the bytes are a header's canonical encoding
 */
export function decodeHeader(bytes: Uint8Array): Header {
  try {
    return headerFromItem(decodeRlp(bytes))
  } catch (error) {
    if (!isDecodingError(error)) throw error
    throw new MalformedHeaderError(`malformed header: ${error.shortMessage}`, { cause: error })
  }
}

/** @throws InvalidFieldError, MalformedHeaderError */
export function headerFromItem(item: RlpItem): Header {
  const items = listOf(item)
  if (!FIELD_COUNTS.has(items.length)) {
    throw new MalformedHeaderError(`malformed header: ${items.length} fields`)
  }
  const header: Partial<Record<keyof Header, unknown>> = {}
  for (const [index, child] of items.entries()) {
    const { key, codec } = FIELDS[index]!
    header[key] = decodeNamed(key, () => codec.decode(child))
  }
  return header as unknown as Header
}

/**
 * Header of a block object as `eth_getBlock` gives it; other properties are ignored.
 * @throws InvalidJsonFieldError
 */
export function headerFromRpc(block: JsonObject): Header {
  const header: Partial<Record<keyof Header, unknown>> = {}
  for (const [index, { key, rpcKey, rpcLength }] of FIELDS.entries()) {
    if (index >= REQUIRED_COUNT && (block[rpcKey] === undefined || block[rpcKey] === null)) continue
    header[key] =
      rpcLength === undefined
        ? jsonQuantity(block, rpcKey)
        : jsonBytes(block, rpcKey, rpcLength === 'any' ? undefined : rpcLength)
  }
  return header as unknown as Header
}

/** The inverse of `headerFromRpc`; fields that the header does not have are left out. */
export function headerToRpc(header: Header): Record<string, Hex> {
  const json: Record<string, Hex> = {}
  for (const { key, rpcKey } of FIELDS) {
    const value = header[key]
    if (value === undefined) continue
    json[rpcKey] = typeof value === 'bigint' ? `0x${value.toString(16)}` : bytesToHex(value)
  }
  return json
}
