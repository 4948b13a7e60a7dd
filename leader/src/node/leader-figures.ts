/** What a leader tells of itself to whoever watches it. */

import type { Header } from '@shredcast/shared/chain/header'
import type { BlockStats } from '@shredcast/shared/engine/block-stats'
import type { StateCacheStats } from '@shredcast/shared/engine/state-cache'
import type { Pruned } from '../storing/block-order.ts'

export interface SealedBlock {
  readonly header: Header
  readonly hash: Uint8Array
  readonly txs: number
  /** Of the engine, for this block. */
  readonly stats: BlockStats
  /** From the last commit, in milliseconds. */
  readonly tookMs: SealTimes
  readonly pruned: Pruned
}

/** The parts of a seal, one after the other; the next block runs during the last one. */
export interface SealTimes {
  /** State root and header. */
  readonly root: number
  /** Until the seal is in the shred log, and sent. */
  readonly log: number
  /** Until the store has the block. */
  readonly store: number
}

/** A block whose seal is sent, and that the store does not have yet. */
export interface LoggedSeal extends Omit<SealedBlock, 'tookMs' | 'pruned'> {
  readonly tookMs: Omit<SealTimes, 'store'>
}

/** Beside the figures of its pool and its publisher. */
export interface LeaderStats {
  readonly stateCache: StateCacheStats
  /** The store's files. */
  readonly storeBytes: number
  /** The oldest message of the shred log, for whoever resumes. */
  readonly oldestSeq: number
  /** Of the newest message that this process sent. */
  readonly lastSeq: number | undefined
}
