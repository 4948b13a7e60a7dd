/**
 * A block's receipts as they are stored: an RLP list of [type, status, gasUsed, cumulativeGasUsed,
 * [[address, topics, data]...]]. The bloom is left out, since the logs say it.
 */

import type { Log, Receipt } from '../../chain/receipt.ts'
import { addressBytes, bytesOf, hashBytes, listOf, uint64 } from '../../chain/rlp-fields.ts'
import type { RlpItem } from '../../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../../primitives/rlp.ts'

export function encodeReceipts(receipts: readonly Receipt[]): Uint8Array {
  return encodeRlp(
    receipts.map(({ type, status, gasUsed, cumulativeGasUsed, logs }) => [
      uint64.encode(BigInt(type)),
      uint64.encode(BigInt(status)),
      uint64.encode(gasUsed),
      uint64.encode(cumulativeGasUsed),
      logs.map(({ address, topics, data }) => [address, topics, data]),
    ]),
  )
}

/** @throws InvalidRlpError or InvalidFieldError */
export function decodeReceipts(bytes: Uint8Array): Receipt[] {
  return listOf(decodeRlp(bytes)).map((item) => {
    const [type, status, gasUsed, cumulativeGasUsed, logs] = listOf(item, 5)
    return {
      type: Number(uint64.decode(type!)),
      status: uint64.decode(status!) === 1n ? 1 : 0,
      gasUsed: uint64.decode(gasUsed!),
      cumulativeGasUsed: uint64.decode(cumulativeGasUsed!),
      logs: listOf(logs!).map(logOf),
    }
  })
}

function logOf(item: RlpItem): Log {
  const [address, topics, data] = listOf(item, 3)
  return {
    address: addressBytes.decode(address!),
    topics: listOf(topics!).map((topic) => hashBytes.decode(topic)),
    data: bytesOf(data!),
  }
}
