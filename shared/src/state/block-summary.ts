/**
 * What a block's header says about its content, computed from the content: the leader seals with it,
 * the follower checks a sealed header against it. The state root is not among it: see `StateTrie`.
 */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import { encodeWithdrawal } from '../chain/block.ts'
import type { BlockContent, BlockSummary } from '../chain/block-content.ts'
import { isAtLeast } from '../chain/hardforks.ts'
import type { Header } from '../chain/header.ts'
import type { Receipt } from '../chain/receipt.ts'
import { BLOOM_BYTES, encodeReceipt, logsBloom, mergeBloom } from '../chain/receipt.ts'
import { decodeTransaction } from '../chain/transaction.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, concatBytes } from '../primitives/bytes.ts'
import { sha256 } from '../primitives/sha256.ts'
import { orderedRoot } from '../trie/ordered-root.ts'

const BLOB_TRANSACTION_TYPE = 3

/** The body's roots come first: with other transactions, all that execution comes to is different. */
export function summarizeBlock(content: BlockContent): BlockSummary {
  const { fork, transactions, receipts, postStates, withdrawals, requests } = content
  const bloom = new Uint8Array(BLOOM_BYTES)
  const blooms = receipts.map((receipt) => logsBloom(receipt.logs))
  for (const own of blooms) mergeBloom(bloom, own)
  const encodeAt = (receipt: Receipt, index: number) => {
    return encodeReceipt(receipt, fork, postStates?.[index], blooms[index])
  }
  return {
    transactionsRoot: orderedRoot(transactions),
    ...(isAtLeast(fork, 'shanghai') && {
      withdrawalsRoot: orderedRoot(withdrawals.map(encodeWithdrawal)),
    }),
    gasUsed: receipts.at(-1)?.cumulativeGasUsed ?? 0n,
    logsBloom: bloom,
    ...((isAtLeast(fork, 'byzantium') || postStates !== undefined) && {
      receiptsRoot: orderedRoot(receipts.map(encodeAt)),
    }),
    ...(isAtLeast(fork, 'cancun') && { blobGasUsed: blobGasOf(transactions) }),
    ...(isAtLeast(fork, 'prague') && { requestsHash: requestsHashOf(requests) }),
  }
}

function blobGasOf(transactions: readonly Uint8Array[]): bigint {
  let blobs = 0
  for (const bytes of transactions) {
    if (bytes[0] !== BLOB_TRANSACTION_TYPE) continue
    blobs += decodeTransaction(bytes).blobVersionedHashes.length
  }
  return BigInt(blobs) * GAS_PER_BLOB
}

/** EIP-7685: hash of the hashes of the requests that are not empty. */
function requestsHashOf(requests: readonly Uint8Array[]): Uint8Array {
  const hashes = requests.filter((request) => request.length > 1).map((bytes) => sha256(bytes))
  return sha256(concatBytes(...hashes))
}

export interface HeaderDifference {
  readonly field: string
  readonly expected: Hex | string
  readonly got: Hex | string
}

/** Where `header` says something else than `summary`; `expected` is what the header says. */
export function differencesFromHeader(
  header: Header,
  summary: Partial<Header>,
): HeaderDifference[] {
  const differences: HeaderDifference[] = []
  for (const [field, got] of Object.entries(summary)) {
    const expected = header[field as keyof Header]
    if (shown(expected) !== shown(got)) {
      differences.push({ field, expected: shown(expected), got: shown(got) })
    }
  }
  return differences
}

function shown(value: Uint8Array | bigint | undefined): Hex | string {
  if (value === undefined) return 'absent'
  return typeof value === 'bigint' ? String(value) : bytesToHex(value)
}
