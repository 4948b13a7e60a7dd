/** Headers for tests of the rules: a parent, and valid children of it. */

import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from '../../primitives/keccak.ts'
import { GAS_PER_BLOB } from '../blob-gas.ts'
import type { ChainConfig } from '../chain-config.ts'
import { CANCUN_BLOBS, PRAGUE_BLOBS } from '../chain-config.ts'
import type { Hardfork } from '../hardforks.ts'
import { isAtLeast } from '../hardforks.ts'
import type { Header } from '../header.ts'
import { headerHash } from '../header.ts'
import { BLOOM_BYTES } from '../receipt.ts'
import { inheritedFields } from './header-rules.ts'

const GAS_LIMIT = 10_000_000n
const BLOCK_SECONDS = 10n

/** A chain that is in one fork from its first block. */
export function configOf(fork: Hardfork): ChainConfig {
  const blobs = isAtLeast(fork, 'prague') ? PRAGUE_BLOBS : CANCUN_BLOBS
  return {
    chainId: 1n,
    forks: [{ fork, block: 0n }],
    blobSchedule: isAtLeast(fork, 'cancun') ? [{ time: 0n, ...blobs }] : [],
  }
}

/** An empty block 100 under the fork's rules. */
export function parentOf(fork: Hardfork): Header {
  return {
    parentHash: new Uint8Array(32).fill(1),
    ommersHash: EMPTY_LIST_HASH,
    beneficiary: new Uint8Array(20),
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    difficulty: isAtLeast(fork, 'paris') ? 0n : 10_000_000n,
    number: 100n,
    gasLimit: GAS_LIMIT,
    gasUsed: 0n,
    timestamp: 1_000_000n,
    extraData: new Uint8Array(0),
    mixHash: new Uint8Array(32),
    nonce: new Uint8Array(8),
    ...(isAtLeast(fork, 'london') && { baseFeePerGas: 1_000_000_000n }),
    ...laterFields(fork),
    ...(isAtLeast(fork, 'cancun') && { excessBlobGas: 7n * GAS_PER_BLOB }),
  }
}

/** An empty child of `parent` that keeps all rules, but for what `changes` say. */
export function childOf(
  parent: Header,
  config: ChainConfig,
  fork: Hardfork,
  changes: Partial<Header> = {},
): Header {
  const timestamp = changes.timestamp ?? parent.timestamp + BLOCK_SECONDS
  const { baseFeePerGas: _, excessBlobGas: __, ...rest } = parent
  return {
    ...rest,
    parentHash: headerHash(parent),
    timestamp,
    ...laterFields(fork),
    ...inheritedFields(parent, timestamp, config),
    ...changes,
  }
}

function laterFields(fork: Hardfork): Partial<Header> {
  return {
    ...(isAtLeast(fork, 'shanghai') && { withdrawalsRoot: EMPTY_TRIE_ROOT }),
    ...(isAtLeast(fork, 'cancun') && {
      blobGasUsed: 0n,
      parentBeaconBlockRoot: new Uint8Array(32),
    }),
    ...(isAtLeast(fork, 'prague') && { requestsHash: new Uint8Array(32).fill(2) }),
  }
}
