/** What a leader tells of itself to whoever watches it. */

import type { Header } from '@shredcast/shared/chain/header'
import type { BlockStats } from '@shredcast/shared/engine/block-stats'
import type { StateCacheStats } from '@shredcast/shared/engine/state-cache'
import type { Pruned } from '@shredcast/shared/state/canonical-state'

export interface SealedBlock {
  readonly header: Header
  readonly hash: Uint8Array
  readonly txs: number
  /** Of the engine, for this block. */
  readonly stats: BlockStats
  /** From the last commit, in milliseconds. */
  readonly tookMs: SealTimes
  readonly pruned: Pruned | undefined
}

/** The parts of a seal, one after the other. */
export interface SealTimes {
  /** State root and header. */
  readonly root: number
  /** Until the seal is in the shred log, and sent. */
  readonly log: number
  /** Until the store has the block. */
  readonly store: number
}

/** Beside the figures of its pool and its publisher. */
export interface LeaderStats {
  readonly stateCache: StateCacheStats
  /** The store's file. */
  readonly storeBytes: number
  /** The oldest message of the shred log, for whoever resumes. */
  readonly oldestSeq: number
  /** Of the newest message that this process sent. */
  readonly lastSeq: number | undefined
}
