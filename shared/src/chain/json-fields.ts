/**
 * Reads typed values from parsed JSON: quantities and bytes as Ethereum's JSON-RPC writes them. The
 * errors name the field, for the people who wrote the file.
 */

import { BaseError } from '../primitives/base-error.ts'
import { hexToBytes } from '../primitives/bytes.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export class InvalidJsonFieldError extends BaseError {
  override readonly name = 'Chain.InvalidJsonFieldError'
}

const MAX_QUANTITY = 1n << 256n

/** @throws InvalidJsonFieldError; `what` names the value in it */
export function jsonObject(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidJsonFieldError(`${what} must be an object, not ${kindOf(value)}`)
  }
  return value as JsonObject
}

/** @throws InvalidJsonFieldError; `what` names the value in it */
export function jsonArray(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new InvalidJsonFieldError(`${what} must be an array, not ${kindOf(value)}`)
  }
  return value
}

/**
 * Unsigned integer below 2^256 from a hex or decimal string, or a safe JSON number.
 * @throws InvalidJsonFieldError
 */
export function jsonQuantity(object: JsonObject, key: string): bigint {
  return parseQuantity(object[key], key)
}

/** As `jsonQuantity`, but undefined when the field is absent or null. */
export function jsonOptionalQuantity(object: JsonObject, key: string): bigint | undefined {
  return isAbsent(object[key]) ? undefined : jsonQuantity(object, key)
}

/** @throws InvalidJsonFieldError; `what` names the value in it */
export function parseQuantity(value: unknown, what: string): bigint {
  const isText = typeof value === 'string' && /^(0x[0-9a-f]{1,64}|[0-9]{1,78})$/i.test(value)
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  const quantity = isText || isNumber ? BigInt(value) : undefined
  if (quantity === undefined || quantity >= MAX_QUANTITY) {
    throw new InvalidJsonFieldError(`${what} must be an unsigned integer, not ${kindOf(value)}`)
  }
  return quantity
}

/**
 * Bytes from a hex string; with `length`, exactly that many.
 * @throws InvalidJsonFieldError
 */
export function jsonBytes(object: JsonObject, key: string, length?: number): Uint8Array {
  return parseBytes(object[key], key, length)
}

/** @throws InvalidJsonFieldError; `what` names the value in it */
export function parseBytes(value: unknown, what: string, length?: number): Uint8Array {
  if (typeof value !== 'string') {
    throw new InvalidJsonFieldError(`${what} must be a hex string, not ${kindOf(value)}`)
  }
  const bytes = parseHex(value, what)
  if (length !== undefined && bytes.length !== length) {
    throw new InvalidJsonFieldError(`${what} must be ${length} bytes, not ${bytes.length}`)
  }
  return bytes
}

function parseHex(value: string, what: string): Uint8Array {
  try {
    return hexToBytes(value)
  } catch (cause) {
    throw new InvalidJsonFieldError(`${what} is not hex: ${kindOf(value)}`, { cause })
  }
}

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  const text = String(value)
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text)
}
