/** Receipts and logs: their shapes, encoding (EIP-2718, EIP-658) and bloom (Yellow Paper 4.3.1). */

import { assert } from '../primitives/assert.ts'
import { bigIntToMinimalBytes, concatBytes, equalBytes } from '../primitives/bytes.ts'
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
 * `bloom` is that of its logs, for who knows it already.
 */
export function encodeReceipt(
  receipt: Receipt,
  fork: Hardfork,
  postState?: Uint8Array,
  bloom: Uint8Array = logsBloom(receipt.logs),
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

/**
 * Addresses and topics come again and again, and their hash is all that a bloom costs. One is kept at
 * each place, which the last bytes of the value decide.
 */
const KEPT_PLACES = 1024
const keptValues: Uint8Array[] = Array.from({ length: KEPT_PLACES }, () => new Uint8Array(0))
const keptBits = new Uint16Array(3 * KEPT_PLACES)

/** The three bits of an address or topic, 11 bits of its hash each. */
function setBits(bloom: Uint8Array, value: Uint8Array): void {
  const place = (value.at(-1)! | (value.at(-2)! << 8)) % KEPT_PLACES
  if (!equalBytes(keptValues[place]!, value)) keepBits(place, value)
  for (let i = 3 * place; i < 3 * place + 3; i++) {
    const bit = keptBits[i]!
    const index = BLOOM_BYTES - 1 - (bit >> 3)
    bloom[index] = bloom[index]! | (1 << (bit & 7))
  }
}

function keepBits(place: number, value: Uint8Array): void {
  const hash = keccak256(value)
  // A copy: the value may be a view into something large.
  keptValues[place] = Uint8Array.from(value)
  for (let i = 0; i < 3; i++) {
    keptBits[3 * place + i] = ((hash[2 * i]! & 7) << 8) | hash[2 * i + 1]!
  }
}
