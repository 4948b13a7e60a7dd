/**
 * What an execution leaves in the block arena beside its reads and writes: logs, or the requests of
 * the closing step. RLP, because it is there; never leaves the machine.
 */

import type { Log } from '../chain/receipt.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'

export function encodeLogs(logs: readonly Log[]): Uint8Array {
  if (logs.length === 0) return new Uint8Array(0)
  return encodeRlp(logs.map((log) => [log.address, [...log.topics], log.data]))
}

export function decodeLogs(bytes: Uint8Array): Log[] {
  if (bytes.length === 0) return []
  const list = decodeRlp(bytes) as [Uint8Array, Uint8Array[], Uint8Array][]
  return list.map(([address, topics, data]) => ({ address, topics, data }))
}

export function encodeRequests(requests: readonly Uint8Array[]): Uint8Array {
  return requests.length === 0 ? new Uint8Array(0) : encodeRlp([...requests])
}

export function decodeRequests(bytes: Uint8Array): Uint8Array[] {
  return bytes.length === 0 ? [] : (decodeRlp(bytes) as Uint8Array[])
}
