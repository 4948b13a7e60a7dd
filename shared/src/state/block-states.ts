/**
 * The states behind the blocks of a tree, for whoever imports blocks: each block is executed on the
 * state of its own parent, and its own state is kept only once it is known to be valid.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateDiff } from '../chain/state-change.ts'
import type { SealedBlock } from './store-block.ts'

/** Blocks are named by their hash, 32 bytes. */
export interface BlockStates {
  /** The whole state behind a block that was kept. */
  accountsAt(hash: Uint8Array): Iterable<GenesisAccount>
  /** Begins the state of a child of a block that was kept; one that was begun before is dropped. */
  beginAfter(parentHash: Uint8Array): Promise<PendingState>
}

/** The state of a block that is being checked; dropped, it leaves no trace. */
export interface PendingState {
  /** Applies the diff of the block's next step. */
  apply(diff: StateDiff): Promise<void>
  /** State root behind the steps so far. */
  root(): Promise<Uint8Array>
  /** Keeps it as the state behind `block`, whose hash is given. */
  keep(hash: Uint8Array, block: SealedBlock): Promise<void>
}
