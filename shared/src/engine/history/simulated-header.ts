/** Headers of simulated blocks: what is overridden, and what follows from the block before. */

import type { ChainConfig } from '../../chain/chain-config.ts'
import { hardforkAt } from '../../chain/chain-config.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Header } from '../../chain/header.ts'
import { BLOOM_BYTES } from '../../chain/receipt.ts'
import { inheritedFields } from '../../chain/rules/header-rules.ts'
import type { BlockStateCalls } from '../../chain/simulation.ts'
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from '../../primitives/keccak.ts'
import { HistoryRefusedError } from './history-error.ts'
import {
  BLOCK_NUMBER_INVALID,
  BLOCK_TIMESTAMP_INVALID,
  SIMULATION_TOO_LARGE,
} from './simulation-error.ts'

/** As go-ethereum. */
const BLOCKS_MAX = 256n
const SECONDS_BETWEEN_BLOCKS = 12n
const ZERO_HASH = new Uint8Array(32)

/** A block whose number and time are settled. */
interface PlacedCalls extends BlockStateCalls {
  readonly number: bigint
  readonly time: bigint
}

/**
 * The blocks with their numbers and times, and empty ones where numbers were left out.
 * @throws HistoryRefusedError
 */
export function withGaps(blocks: readonly BlockStateCalls[], parent: Header): PlacedCalls[] {
  const placed: PlacedCalls[] = []
  let { number: last, timestamp } = parent
  for (const block of blocks) {
    const { number = last + 1n, time } = block.blockOverrides
    if (number <= last) {
      const order = `block numbers must be in order: ${number} <= ${last}`
      throw new HistoryRefusedError(order, BLOCK_NUMBER_INVALID)
    }
    if (number - parent.number > BLOCKS_MAX) {
      throw new HistoryRefusedError(`more than ${BLOCKS_MAX} blocks`, SIMULATION_TOO_LARGE)
    }
    for (let missing = last + 1n; missing < number; missing++) {
      timestamp += SECONDS_BETWEEN_BLOCKS
      const empty = { blockOverrides: {}, stateOverrides: [], calls: [] }
      placed.push({ ...empty, number: missing, time: timestamp })
    }
    const wanted = time ?? timestamp + SECONDS_BETWEEN_BLOCKS
    if (wanted <= timestamp) {
      const order = `block timestamps must be in order: ${wanted} <= ${timestamp}`
      throw new HistoryRefusedError(order, BLOCK_TIMESTAMP_INVALID)
    }
    placed.push({ ...block, number, time: wanted })
    timestamp = wanted
    last = number
  }
  return placed
}

/** Fields that the block's content decides are those of an empty block; there is no state root. */
export function draftHeader(
  config: ChainConfig,
  parent: { readonly header: Header; readonly hash: Uint8Array },
  { number, time, blockOverrides }: PlacedCalls,
  validation: boolean,
): Header {
  const fork = hardforkAt(config, number, time)
  const inherited = inheritedFields(parent.header, time, config)
  const baseFee = blockOverrides.baseFeePerGas ?? (validation ? inherited.baseFeePerGas : 0n)
  return {
    parentHash: parent.hash,
    ommersHash: EMPTY_LIST_HASH,
    beneficiary: blockOverrides.feeRecipient ?? parent.header.beneficiary,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    gasLimit: blockOverrides.gasLimit ?? parent.header.gasLimit,
    gasUsed: 0n,
    timestamp: time,
    extraData: new Uint8Array(0),
    mixHash: blockOverrides.prevRandao ?? ZERO_HASH,
    nonce: new Uint8Array(8),
    ...inherited,
    ...(inherited.baseFeePerGas !== undefined &&
      baseFee !== undefined && { baseFeePerGas: baseFee }),
    ...(isAtLeast(fork, 'shanghai') && { withdrawalsRoot: EMPTY_TRIE_ROOT }),
    ...(isAtLeast(fork, 'cancun') && { blobGasUsed: 0n, parentBeaconBlockRoot: ZERO_HASH }),
  }
}
