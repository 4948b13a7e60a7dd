/** The header of the next block as far as it is known before its transactions are. */

import { randomBytes } from 'node:crypto'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import { BLOOM_BYTES } from '@shredcast/shared/chain/receipt'
import { nextGasLimit } from '@shredcast/shared/chain/rules/gas-limit'
import { inheritedFields } from '@shredcast/shared/chain/rules/header-rules'
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from '@shredcast/shared/primitives/keccak'

const ZERO_HASH = new Uint8Array(32)
const EXTRA_DATA = new TextEncoder().encode('shredcast')

export interface NextHeaderOptions {
  readonly config: ChainConfig
  readonly parent: Header
  readonly parentHash: Uint8Array
  /** Seconds; above the parent's. */
  readonly timestamp: bigint
  readonly beneficiary: Uint8Array
  /** What the chain is to come to; a block may only go a step towards it. */
  readonly gasLimit: bigint
  /** 32 bytes; default: random. */
  readonly prevRandao?: Uint8Array
  /** What was changed by hand before it. */
  readonly edits?: BlockEdits
  /** Where the edits set it. */
  readonly baseFeePerGas?: bigint
}

/** Fields that the block's content decides are those of an empty block. */
export function nextHeader(options: NextHeaderOptions): Header {
  const { config, parent, parentHash, timestamp, beneficiary, gasLimit } = options
  const { prevRandao = randomBytes(32), edits, baseFeePerGas } = options
  const fork = hardforkAt(config, parent.number + 1n, timestamp)
  return {
    parentHash,
    ommersHash: EMPTY_LIST_HASH,
    beneficiary,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    gasLimit: edits?.isGasLimitSet
      ? gasLimit
      : nextGasLimit(parent, gasLimit, isAtLeast(fork, 'london')),
    gasUsed: 0n,
    timestamp,
    extraData: EXTRA_DATA,
    mixHash: prevRandao,
    nonce: new Uint8Array(8),
    ...inheritedFields(parent, timestamp, config),
    ...(edits?.isBaseFeeSet && baseFeePerGas !== undefined && { baseFeePerGas }),
    ...(isAtLeast(fork, 'cancun') && { parentBeaconBlockRoot: ZERO_HASH }),
  }
}
