/**
 * When which rules hold on a chain. A `ChainConfig` is plain values only: it is cloned into worker
 * threads. Mainnet's numbers are those of the EIPs' activation blocks and times (EIP-7892 for the
 * blob-parameter-only forks).
 */

import { hexToBytes } from '../primitives/bytes.ts'
import type { Hardfork } from './hardforks.ts'
import { isAtLeast } from './hardforks.ts'

/** Blobs per block and the price's update fraction (EIP-4844, EIP-7840). */
export interface BlobParameters {
  readonly target: number
  readonly max: number
  readonly baseFeeUpdateFraction: bigint
}

/** Holds from the first block whose timestamp is `time` or later. */
export interface BlobScheduleEntry extends BlobParameters {
  readonly time: bigint
}

/** A fork is active from block `block`, or from timestamp `time`; it has one of the two. */
export interface ForkActivation {
  readonly fork: Hardfork
  readonly block?: bigint
  readonly time?: bigint
}

/** From block `block` on the difficulty bomb forgets `delay` blocks. */
export interface BombDelay {
  readonly block: bigint
  readonly delay: bigint
}

export interface ChainConfig {
  readonly chainId: bigint
  /** Oldest fork first. */
  readonly forks: readonly ForkActivation[]
  /** Block whose opening moves the DAO's balances; absent when the chain has no such change. */
  readonly daoForkBlock?: bigint
  /** Of forks that do nothing else: Muir, Arrow and Gray Glacier; earliest first. */
  readonly bombDelays?: readonly BombDelay[]
  /** Earliest first; forks that change blob parameters alone (BPO) have entries too. */
  readonly blobSchedule: readonly BlobScheduleEntry[]
  /** Deposit contract of EIP-6110, 20 bytes. */
  readonly depositContract?: Uint8Array
  /**
   * Of a chain that was mined once; Paris begins behind the block that reaches it. Where `forks` does
   * not give Paris a block, `configBehind` puts it there.
   */
  readonly terminalTotalDifficulty?: bigint
  /**
   * A development chain: whoever runs it may change its state between blocks (`BlockEdits`), take it
   * back, and send in the name of any account (`impersonationSignature`).
   */
  readonly isDevelopment?: true
}

export const CANCUN_BLOBS: BlobParameters = {
  target: 3,
  max: 6,
  baseFeeUpdateFraction: 3338477n,
}

/** EIP-7691. */
export const PRAGUE_BLOBS: BlobParameters = {
  target: 6,
  max: 9,
  baseFeeUpdateFraction: 5007716n,
}

/** EIP-2384, EIP-4345, EIP-5133: in blocks. */
export const MUIR_GLACIER_DELAY = 9_000_000n
export const ARROW_GLACIER_DELAY = 10_700_000n
export const GRAY_GLACIER_DELAY = 11_400_000n

export const MAINNET: ChainConfig = {
  chainId: 1n,
  forks: [
    { fork: 'frontier', block: 0n },
    { fork: 'homestead', block: 1150000n },
    { fork: 'tangerineWhistle', block: 2463000n },
    { fork: 'spuriousDragon', block: 2675000n },
    { fork: 'byzantium', block: 4370000n },
    { fork: 'constantinople', block: 7280000n },
    { fork: 'petersburg', block: 7280000n },
    { fork: 'istanbul', block: 9069000n },
    { fork: 'berlin', block: 12244000n },
    { fork: 'london', block: 12965000n },
    { fork: 'paris', block: 15537394n },
    { fork: 'shanghai', time: 1681338455n },
    { fork: 'cancun', time: 1710338135n },
    { fork: 'prague', time: 1746612311n },
    { fork: 'osaka', time: 1764798551n },
  ],
  daoForkBlock: 1920000n,
  bombDelays: [
    { block: 9200000n, delay: MUIR_GLACIER_DELAY },
    { block: 13773000n, delay: ARROW_GLACIER_DELAY },
    { block: 15050000n, delay: GRAY_GLACIER_DELAY },
  ],
  blobSchedule: [
    { time: 1710338135n, ...CANCUN_BLOBS },
    { time: 1746612311n, ...PRAGUE_BLOBS },
    { time: 1764798551n, ...PRAGUE_BLOBS },
    { time: 1765290071n, target: 10, max: 15, baseFeeUpdateFraction: 8346193n },
    { time: 1767747671n, target: 14, max: 21, baseFeeUpdateFraction: 11684671n },
  ],
  depositContract: hexToBytes('0x00000000219ab540356cbb839cbe05303d7705fa'),
  terminalTotalDifficulty: 58750000000000000000000n,
}

/** The latest fork that is active in block `number` with `timestamp`. */
export function hardforkAt(config: ChainConfig, number: bigint, timestamp: bigint): Hardfork {
  let current: Hardfork = 'frontier'
  for (const { fork, block, time } of config.forks) {
    const active = block === undefined ? time !== undefined && time <= timestamp : block <= number
    if (active) current = fork
  }
  return current
}

/** Blob parameters at `timestamp`; undefined while the chain knows no blobs. */
export function blobParametersAt(
  config: ChainConfig,
  timestamp: bigint,
): BlobParameters | undefined {
  return config.blobSchedule.findLast(({ time }) => time <= timestamp)
}

/**
 * The configuration as it holds for children of a block with this total difficulty (EIP-3675): where
 * it gives Paris no block, Paris is active in them once the terminal total difficulty is reached.
 */
export function configBehind(config: ChainConfig, totalDifficulty: bigint): ChainConfig {
  const { forks, terminalTotalDifficulty } = config
  if (terminalTotalDifficulty === undefined || totalDifficulty < terminalTotalDifficulty) {
    return config
  }
  if (forks.some(({ fork }) => fork === 'paris')) return config
  const later = forks.findIndex(({ fork }) => isAtLeast(fork, 'paris'))
  const place = later === -1 ? forks.length : later
  return { ...config, forks: forks.toSpliced(place, 0, { fork: 'paris', block: 0n }) }
}
