/**
 * Reads the parameters of a request: each by its position, checked for what it must be. Whatever is
 * wrong is the caller's fault and told him with -32602.
 */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, jsonArray, jsonObject, parseBytes } from '@shredcast/shared/chain/json-fields'
import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import type { BlockSelector } from './block-selector.ts'
import { parseBlockSelector, parseTagOrNumber } from './block-selector.ts'
import { invalidParams } from './rpc-error.ts'

export class Params {
  readonly #values: readonly unknown[]

  constructor(values: readonly unknown[]) {
    this.#values = values
  }

  get count(): number {
    return this.#values.length
  }

  /** Undefined for null too. */
  value(index: number): unknown {
    return this.#values[index] ?? undefined
  }

  address(index: number): Uint8Array {
    return parseBytes(this.value(index), `parameter ${index} (address)`, 20)
  }

  hash(index: number): Uint8Array {
    return parseBytes(this.value(index), `parameter ${index} (hash)`, 32)
  }

  bytes(index: number): Uint8Array {
    return parseBytes(this.value(index), `parameter ${index} (bytes)`)
  }

  /** A number that counts something, such as the index of a transaction. */
  smallQuantity(index: number): number {
    const value = parseHexQuantity(this.value(index), `parameter ${index}`, 32)
    return Number(value)
  }

  /** A storage key: up to 32 bytes in hex, as geth takes them; 32 bytes come back. */
  slotKey(index: number): Uint8Array {
    return parseSlotKey(this.value(index), `parameter ${index} (storage key)`)
  }

  /** False when it is absent. */
  flag(index: number): boolean {
    const value = this.value(index) ?? false
    if (typeof value === 'boolean') return value
    throw invalidParams(`parameter ${index} must be true or false`)
  }

  text(index: number): string {
    const value = this.value(index)
    if (typeof value === 'string') return value
    throw invalidParams(`parameter ${index} must be a string`)
  }

  /** Latest when it is absent. */
  block(index: number): BlockSelector {
    const value = this.value(index)
    return value === undefined ? { tag: 'latest' } : parseBlockSelector(value)
  }

  tagOrNumber(index: number): ReturnType<typeof parseTagOrNumber> {
    return parseTagOrNumber(this.value(index))
  }

  object(index: number): JsonObject {
    return jsonObject(this.value(index), `parameter ${index}`)
  }

  list(index: number): readonly unknown[] {
    return jsonArray(this.value(index), `parameter ${index}`)
  }
}

/**
 * An unsigned integer of up to `bits` in hex; leading zeros are let pass, as some clients write them.
 * @throws RpcError
 */
export function parseHexQuantity(value: unknown, what: string, bits: number): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value)) {
    const number = BigInt(value)
    if (number < 1n << BigInt(bits)) return number
  }
  throw invalidParams(`${what} must be an unsigned integer of up to ${bits} bits in hex`)
}

/** @throws RpcError */
export function parseSlotKey(value: unknown, what: string): Uint8Array {
  return bigIntToBytes(parseHexQuantity(value, what, 256), 32)
}

/** As `parseHexQuantity`, but undefined when the field is absent or null. */
export function optionalQuantity(object: JsonObject, key: string, bits = 256): bigint | undefined {
  return isAbsent(object[key]) ? undefined : parseHexQuantity(object[key], key, bits)
}

/** @throws InvalidJsonFieldError */
export function optionalBytes(
  object: JsonObject,
  key: string,
  length?: number,
): Uint8Array | undefined {
  return isAbsent(object[key]) ? undefined : parseBytes(object[key], key, length)
}
