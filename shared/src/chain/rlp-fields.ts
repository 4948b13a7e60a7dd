/**
 * Typed fields of RLP structures: how one item of a transaction or header becomes a value and back.
 * Decoders take untrusted items and accept the canonical form alone.
 */

import { BaseError } from '../primitives/base-error.ts'
import { bigIntToMinimalBytes, bytesToBigInt } from '../primitives/bytes.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { InvalidRlpError } from '../primitives/rlp.ts'

/** An RLP item that is not what its place in the structure demands. */
export class InvalidFieldError extends BaseError {
  override readonly name = 'Chain.InvalidFieldError'
}

export interface FieldCodec<T> {
  /** @throws InvalidFieldError */
  decode(item: RlpItem): T
  encode(value: T): RlpItem
}

/** Big-endian integer without leading zeros, of at most `maxBytes` bytes. */
export function uintField(maxBytes: number): FieldCodec<bigint> {
  return {
    decode(item) {
      const bytes = bytesOf(item)
      if (bytes.length > maxBytes) throw new InvalidFieldError(`integer over ${maxBytes * 8} bits`)
      if (bytes[0] === 0) throw new InvalidFieldError('integer with a leading zero')
      return bytesToBigInt(bytes)
    },
    encode: bigIntToMinimalBytes,
  }
}

/** Byte string; with `length`, of exactly that many bytes. */
export function bytesField(length?: number): FieldCodec<Uint8Array> {
  return {
    decode(item) {
      const bytes = bytesOf(item)
      if (length !== undefined && bytes.length !== length) {
        throw new InvalidFieldError(`${bytes.length} bytes where ${length} belong`)
      }
      return bytes
    },
    encode: (value) => value,
  }
}

export function listField<T>(element: FieldCodec<T>): FieldCodec<readonly T[]> {
  return {
    decode: (item) => listOf(item).map((child) => element.decode(child)),
    encode: (values) => values.map((value) => element.encode(value)),
  }
}

export function bytesOf(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) return item
  throw new InvalidFieldError('list where bytes belong')
}

/** The list's items; with `count`, a list of exactly that many. */
export function listOf(item: RlpItem, count?: number): readonly RlpItem[] {
  if (item instanceof Uint8Array) throw new InvalidFieldError('bytes where a list belongs')
  if (count !== undefined && item.length !== count) {
    throw new InvalidFieldError(`${item.length} fields where ${count} belong`)
  }
  return item
}

/** Runs `decode` and says of a malformed field which one it was. */
export function decodeNamed<T>(name: string, decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof InvalidFieldError)) throw error
    throw new InvalidFieldError(`${name}: ${error.shortMessage}`)
  }
}

/** True for the errors that malformed bytes cause, as opposed to faults of our own. */
export function isDecodingError(error: unknown): error is BaseError {
  return error instanceof InvalidRlpError || error instanceof InvalidFieldError
}

export const uint64 = uintField(8)
export const uint256 = uintField(32)
export const anyBytes = bytesField()
export const addressBytes = bytesField(20)
export const hashBytes = bytesField(32)
