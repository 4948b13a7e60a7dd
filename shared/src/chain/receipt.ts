/** Receipts and logs: their shapes, encoding (EIP-2718, EIP-658) and bloom (Yellow Paper 4.3.1). */

import { assert } from '../primitives/assert.ts'
import { bigIntToMinimalBytes, concatBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import type { Hardfork } from './hardforks.ts'
import { isAtLeast } from './hardforks.ts'

export interface Log {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** Up to four, 32 bytes each. */
  readonly topics: readonly Uint8Array[]
  readonly data: Uint8Array
}

export interface Receipt {
  /** EIP-2718 type, 0 for legacy. */
  readonly type: number
  /** 1 success, 0 failure. Before Byzantium it is known but not encoded. */
  readonly status: 0 | 1
  readonly gasUsed: bigint
  readonly cumulativeGasUsed: bigint
  readonly logs: readonly Log[]
}

export const BLOOM_BYTES = 256

/**
 * The receipt as the receipts trie holds it: type byte, if any, and RLP. Before Byzantium its first
 * field is the state root behind the transaction, `postState` (32 bytes), which must then be given.
 */
export function encodeReceipt(
  receipt: Receipt,
  fork: Hardfork,
  postState?: Uint8Array,
  bloom = logsBloom(receipt.logs),
): Uint8Array {
  const list = encodeRlp([
    isAtLeast(fork, 'byzantium') ? bigIntToMinimalBytes(BigInt(receipt.status)) : root(postState),
    bigIntToMinimalBytes(receipt.cumulativeGasUsed),
    bloom,
    receipt.logs.map(({ address, topics, data }) => [address, topics, data]),
  ])
  return receipt.type === 0 ? list : concatBytes(Uint8Array.of(receipt.type), list)
}

function root(postState: Uint8Array | undefined): Uint8Array {
  assert(postState !== undefined, 'a receipt before Byzantium is encoded with its state root')
  return postState
}

/** Bloom filter of the logs' addresses and topics, 256 bytes. */
export function logsBloom(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES)
  for (const { address, topics } of logs) {
    setBits(bloom, address)
    for (const topic of topics) setBits(bloom, topic)
  }
  return bloom
}

/** Adds the bits of `other` to `target`. */
export function mergeBloom(target: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < BLOOM_BYTES; i++) target[i] = target[i]! | other[i]!
}

/** The three bits of an address or topic, 11 bits of its hash each. */
function setBits(bloom: Uint8Array, value: Uint8Array): void {
  const hash = keccak256(value)
  for (let i = 0; i < 6; i += 2) {
    const bit = ((hash[i]! & 7) << 8) | hash[i + 1]!
    const index = BLOOM_BYTES - 1 - (bit >> 3)
    bloom[index] = bloom[index]! | (1 << (bit & 7))
  }
}
