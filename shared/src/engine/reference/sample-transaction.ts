/** A block and a transaction to vary, for unit tests. */

import type { BlockContext } from '../../chain/block.ts'
import type { ChainConfig } from '../../chain/chain-config.ts'
import { PRAGUE_BLOBS } from '../../chain/chain-config.ts'
import type { Hardfork } from '../../chain/hardforks.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { sampleAddress } from './state/sample-state.ts'

export const SENDER = sampleAddress(0x11)
export const RECIPIENT = sampleAddress(0x22)
export const BENEFICIARY = sampleAddress(0xbe)

/** A chain that has been in `fork` from its genesis. */
export function sampleConfig(fork: Hardfork): ChainConfig {
  return {
    chainId: 1n,
    forks: [{ fork, block: 0n }],
    blobSchedule: [{ time: 0n, ...PRAGUE_BLOBS }],
    depositContract: sampleAddress(0xde),
  }
}

export function sampleContext(fork: Hardfork, fields: Partial<BlockContext> = {}): BlockContext {
  return {
    parentHash: new Uint8Array(32).fill(9),
    number: 10n,
    timestamp: 1000n,
    beneficiary: BENEFICIARY,
    gasLimit: 30_000_000n,
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    ...(isAtLeast(fork, 'london') ? { baseFeePerGas: 10n } : {}),
    ...(isAtLeast(fork, 'cancun') ? { excessBlobGas: 0n } : {}),
    ommers: [],
    blockHashes: new Map(),
    ...fields,
  }
}

/** Legacy, one wei to `RECIPIENT`, at a price of 12 wei. */
export function sampleTransaction(fields: Partial<Transaction> = {}): Transaction {
  return {
    type: 0,
    chainId: undefined,
    nonce: 7n,
    gasLimit: 100_000n,
    maxFeePerGas: 12n,
    maxPriorityFeePerGas: 12n,
    to: RECIPIENT,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
    authorizationList: [],
    yParity: 0,
    r: 1n,
    s: 1n,
    ...fields,
  }
}
