/**
 * What a block's header says about its content, computed from the content: the leader seals with it,
 * the follower checks a sealed header against it. The state root is not among it: see `StateTrie`.
 */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import { encodeWithdrawal } from '../chain/block.ts'
import type { BlockContent, BlockSummary } from '../chain/block-content.ts'
import type { Hardfork } from '../chain/hardforks.ts'
import { isAtLeast } from '../chain/hardforks.ts'
import type { Header } from '../chain/header.ts'
import type { Receipt } from '../chain/receipt.ts'
import { BLOOM_BYTES, encodeReceipt, logsBloom, mergeBloom } from '../chain/receipt.ts'
import { decodeTransaction } from '../chain/transaction.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, concatBytes } from '../primitives/bytes.ts'
import { sha256 } from '../primitives/sha256.ts'
import { OrderedTrie, orderedRoot } from '../trie/ordered-root.ts'

const BLOB_TRANSACTION_TYPE = 3

/** The body's roots come first: with other transactions, all that execution comes to is different. */
export function summarizeBlock(content: BlockContent): BlockSummary {
  const { fork, transactions, receipts, postStates } = content
  const summarizer = new BlockSummarizer(fork)
  for (const [index, transaction] of transactions.entries()) {
    summarizer.add(transaction, receipts[index]!, postStates?.[index])
  }
  return summarizer.summarize(content)
}

/** The same, transaction by transaction, so that little is left to do when the last is there. */
export class BlockSummarizer {
  readonly #fork: Hardfork
  readonly #bloom = new Uint8Array(BLOOM_BYTES)
  readonly #transactions = new OrderedTrie()
  readonly #receipts = new OrderedTrie()
  #gasUsed = 0n
  #blobGas = 0n
  /** Before Byzantium receipts may lack the states that their root needs. */
  #isComplete = true

  constructor(fork: Hardfork) {
    this.#fork = fork
  }

  /** The next transaction, signed bytes, and what it came to. */
  add(transaction: Uint8Array, receipt: Receipt, postState?: Uint8Array): void {
    const bloom = logsBloom(receipt.logs)
    mergeBloom(this.#bloom, bloom)
    this.#transactions.add(transaction)
    this.#gasUsed = receipt.cumulativeGasUsed
    this.#blobGas += blobGasOf(transaction)
    if (postState !== undefined || isAtLeast(this.#fork, 'byzantium')) {
      this.#receipts.add(encodeReceipt(receipt, this.#fork, postState, bloom))
    } else {
      this.#isComplete = false
    }
  }

  summarize(content: Pick<BlockContent, 'withdrawals' | 'requests'>): BlockSummary {
    const fork = this.#fork
    return {
      transactionsRoot: this.#transactions.root(),
      ...(isAtLeast(fork, 'shanghai') && {
        withdrawalsRoot: orderedRoot(content.withdrawals.map(encodeWithdrawal)),
      }),
      gasUsed: this.#gasUsed,
      logsBloom: this.#bloom.slice(),
      ...(this.#isComplete && { receiptsRoot: this.#receipts.root() }),
      ...(isAtLeast(fork, 'cancun') && { blobGasUsed: this.#blobGas }),
      ...(isAtLeast(fork, 'prague') && { requestsHash: requestsHashOf(content.requests) }),
    }
  }
}

function blobGasOf(transaction: Uint8Array): bigint {
  if (transaction[0] !== BLOB_TRANSACTION_TYPE) return 0n
  return BigInt(decodeTransaction(transaction).blobVersionedHashes.length) * GAS_PER_BLOB
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
