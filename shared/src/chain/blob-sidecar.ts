/**
 * What travels with a blob transaction and is in no block: its blobs, and proofs that they are those of
 * its versioned hashes. EIP-4844 has one proof a blob, EIP-7594 (from Osaka on) one for each cell:
 *
 *   version 0:  0x03 || rlp([transaction, blobs, commitments, proofs])
 *   version 1:  0x03 || rlp([transaction, 1, blobs, commitments, cell proofs])
 */

import { BaseError } from '../primitives/base-error.ts'
import { concatBytes } from '../primitives/bytes.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import { sha256 } from '../primitives/sha256.ts'
import {
  bytesField,
  decodeNamed,
  InvalidFieldError,
  isDecodingError,
  listField,
  listOf,
  uint64,
} from './rlp-fields.ts'

export const BLOB_BYTES = 131_072
export const CELLS_PER_BLOB = 128
/** Of a commitment or a proof: a compressed point of G1 on BLS12-381. */
const POINT_BYTES = 48

const BLOB_TYPE = 3
const BLOB_HASH_VERSION = 1
const CELL_PROOFS_VERSION = 1
/** RLP lists begin here. */
const LIST_PREFIX = 0xc0
const LONG_LIST_PREFIX = 0xf7

export interface BlobSidecar {
  /** 0: a proof for each blob. 1: `CELLS_PER_BLOB` for each, one blob's behind the other's. */
  readonly version: 0 | 1
  /** `BLOB_BYTES` each. */
  readonly blobs: readonly Uint8Array[]
  /** 48 bytes each; so are the proofs. */
  readonly commitments: readonly Uint8Array[]
  readonly proofs: readonly Uint8Array[]
}

export class MalformedSidecarError extends BaseError {
  override readonly name = 'Chain.MalformedSidecarError'
}

const blobsField = listField(bytesField(BLOB_BYTES))
const pointsField = listField(bytesField(POINT_BYTES))

/**
 * A transaction as blocks hold it, and the sidecar that it came with, if it did.
 * @throws MalformedSidecarError
 */
export function splitSidecar(bytes: Uint8Array): {
  readonly bytes: Uint8Array
  readonly sidecar?: BlobSidecar
} {
  if (!hasSidecar(bytes)) return { bytes }
  try {
    const items = listOf(decodeRlp(bytes.subarray(1)))
    const [transaction = [], ...parts] = items
    return {
      bytes: concatBytes(Uint8Array.of(BLOB_TYPE), encodeRlp(transaction)),
      sidecar: sidecarOf(parts),
    }
  } catch (error) {
    if (!isDecodingError(error)) throw error
    const message = `malformed blob sidecar: ${error.shortMessage}`
    throw new MalformedSidecarError(message, { cause: error })
  }
}

/** The inverse of `splitSidecar`. */
export function joinSidecar(bytes: Uint8Array, sidecar: BlobSidecar): Uint8Array {
  const { version, blobs, commitments, proofs } = sidecar
  const versions = version === 0 ? [] : [uint64.encode(BigInt(version))]
  const transaction = decodeRlp(bytes.subarray(1))
  const list = encodeRlp([transaction, ...versions, blobs, commitments, proofs])
  return concatBytes(Uint8Array.of(BLOB_TYPE), list)
}

/** What a blob transaction calls the blob behind a commitment. */
export function blobVersionedHash(commitment: Uint8Array): Uint8Array {
  const hash = sha256(commitment)
  hash[0] = BLOB_HASH_VERSION
  return hash
}

/** Bytes of all blobs, commitments and proofs. */
export function sidecarBytes({ blobs, commitments, proofs }: BlobSidecar): number {
  return blobs.length * BLOB_BYTES + (commitments.length + proofs.length) * POINT_BYTES
}

/** A list whose first item is a list, which no field of the transaction itself is. */
function hasSidecar(bytes: Uint8Array): boolean {
  const prefix = bytes[1] ?? 0
  if (bytes[0] !== BLOB_TYPE || prefix < LIST_PREFIX) return false
  const lengthBytes = Math.max(0, prefix - LONG_LIST_PREFIX)
  return (bytes[2 + lengthBytes] ?? 0) >= LIST_PREFIX
}

function sidecarOf(parts: readonly RlpItem[]): BlobSidecar {
  if (parts.length !== 3 && parts.length !== 4) {
    throw new InvalidFieldError(`${parts.length} parts where 3 or 4 belong`)
  }
  const [blobs, commitments, proofs] = parts.slice(-3) as [RlpItem, RlpItem, RlpItem]
  return {
    version: parts.length === 3 ? 0 : versionOf(parts[0]!),
    blobs: decodeNamed('blobs', () => blobsField.decode(blobs)),
    commitments: decodeNamed('commitments', () => pointsField.decode(commitments)),
    proofs: decodeNamed('proofs', () => pointsField.decode(proofs)),
  }
}

function versionOf(item: RlpItem): 1 {
  const version = decodeNamed('wrapper version', () => uint64.decode(item))
  if (version === BigInt(CELL_PROOFS_VERSION)) return CELL_PROOFS_VERSION
  throw new InvalidFieldError(`wrapper version ${version} where ${CELL_PROOFS_VERSION} belongs`)
}
