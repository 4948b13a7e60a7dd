/** Which logs a request asks for: addresses and topics (`eth_getLogs`, `eth_newFilter`). */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, parseBytes } from '@shredcast/shared/chain/json-fields'
import type { Log } from '@shredcast/shared/chain/receipt'
import { logsBloom } from '@shredcast/shared/chain/receipt'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { invalidParams, LIMIT_EXCEEDED, RpcError } from './rpc-error.ts'

/** As geth. */
const ALTERNATIVES_MAX = 1000
const TOPICS_MAX = 4

export interface LogFilter {
  /** Empty: any. */
  readonly addresses: ReadonlySet<Hex>
  /** By position; an empty set, and none at all, stands for any topic that is there. */
  readonly topics: readonly ReadonlySet<Hex>[]
}

/** @throws RpcError; InvalidJsonFieldError */
export function parseLogFilter({ address, topics }: JsonObject): LogFilter {
  const positions = isAbsent(topics) ? [] : topics
  if (!Array.isArray(positions) || positions.length > TOPICS_MAX) {
    throw invalidParams(`topics must be an array of at most ${TOPICS_MAX}`)
  }
  return {
    addresses: alternatives(address, 'address', 20),
    topics: positions.map((position) => alternatives(position, 'topic', 32)),
  }
}

function alternatives(value: unknown, what: string, length: number): ReadonlySet<Hex> {
  if (isAbsent(value)) return new Set()
  const given: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (given.length > ALTERNATIVES_MAX) {
    throw new RpcError(LIMIT_EXCEEDED, `more than ${ALTERNATIVES_MAX} of ${what}`)
  }
  return new Set(given.map((one) => bytesToHex(parseBytes(one, what, length))))
}

export function matchesLog(filter: LogFilter, log: Log): boolean {
  const { addresses, topics } = filter
  if (addresses.size > 0 && !addresses.has(bytesToHex(log.address))) return false
  if (topics.length > log.topics.length) return false
  return topics.every((wanted, i) => wanted.size === 0 || wanted.has(bytesToHex(log.topics[i]!)))
}

/** False when no log of a block with this bloom can match. */
export function mayMatchBloom({ addresses, topics }: LogFilter, bloom: Uint8Array): boolean {
  return [addresses, ...topics].every((wanted) => {
    return wanted.size === 0 || [...wanted].some((value) => hasBits(bloom, hexToBytes(value)))
  })
}

function hasBits(bloom: Uint8Array, value: Uint8Array): boolean {
  const bits = logsBloom([{ address: value, topics: [], data: new Uint8Array(0) }])
  return bits.every((byte, i) => (byte & bloom[i]!) === byte)
}
