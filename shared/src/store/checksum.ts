/**
 * Values as they stand in the file. LMDB trusts its pages, so each value carries a checksum over
 * where it belongs and what it is; an entry that a damaged page puts elsewhere fails it too.
 *
 *   0            n    value
 *   n            4    CRC-32 of table number (4 bytes), key and value, big-endian
 */

import { crc32 } from 'node:zlib'

const CHECKSUM_BYTES = 4

/** The checksum's start for a table: distinct for each. */
export function checksumSeed(tableId: number): number {
  return crc32(Uint8Array.of(0, 0, tableId >> 8, tableId))
}

export function sealValue(seed: number, key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(value.length + CHECKSUM_BYTES)
  sealed.set(value)
  const sum = crc32(value, crc32(key, seed))
  new DataView(sealed.buffer).setUint32(value.length, sum)
  return sealed
}

/**
 * The value within `sealed`, which may be part of a reused buffer: the result is a copy. Undefined
 * when the checksum is another.
 */
export function openValue(
  seed: number,
  key: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - CHECKSUM_BYTES
  if (length < 0) return undefined
  const value = sealed.slice(0, length)
  const sum = new DataView(sealed.buffer, sealed.byteOffset + length).getUint32(0)
  return sum === crc32(value, crc32(key, seed)) ? value : undefined
}
