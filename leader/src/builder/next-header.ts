/** The header of the next block as far as it is known before its transactions are. */

import { randomBytes } from 'node:crypto'
import { nextBaseFee } from '@shredcast/shared/chain/base-fee'
import { nextExcessBlobGas } from '@shredcast/shared/chain/blob-gas'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { blobParametersAt, hardforkAt } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import { BLOOM_BYTES } from '@shredcast/shared/chain/receipt'
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
  readonly gasLimit: bigint
}

/** Fields that the block's content decides are those of an empty block. */
export function nextHeader(options: NextHeaderOptions): Header {
  const { config, parent, parentHash, timestamp, beneficiary, gasLimit } = options
  const number = parent.number + 1n
  const fork = hardforkAt(config, number, timestamp)
  const blobs = blobParametersAt(config, timestamp)
  return {
    parentHash,
    ommersHash: EMPTY_LIST_HASH,
    beneficiary,
    stateRoot: ZERO_HASH,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    difficulty: 0n,
    number,
    gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData: EXTRA_DATA,
    mixHash: randomBytes(32),
    nonce: new Uint8Array(8),
    ...(isAtLeast(fork, 'london') && { baseFeePerGas: nextBaseFee(parent) }),
    ...(blobs !== undefined &&
      isAtLeast(fork, 'cancun') && {
        excessBlobGas: nextExcessBlobGas(parent, blobs, fork),
        parentBeaconBlockRoot: ZERO_HASH,
      }),
  }
}
