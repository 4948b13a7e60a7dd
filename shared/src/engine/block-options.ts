/** How a block is opened: the order of its steps, its rules, and what becomes of its changes. */

import type { ChainConfig } from '../chain/chain-config.ts'
import { SCHEDULE_BLOCK_STM, SCHEDULE_DAG, SCHEDULE_SEEDED } from '../layout/control.ts'
import { BaseError } from '../primitives/base-error.ts'

/**
 * How a block's steps are ordered: speculatively; by their declared reads and writes; or not at all,
 * each on the values that its predecessors are declared to leave.
 */
export type Schedule = 'block-stm' | DeclaredSchedule
export type DeclaredSchedule = 'dag' | 'seeded'

export const SCHEDULES: Readonly<Record<Schedule, number>> = {
  'block-stm': SCHEDULE_BLOCK_STM,
  dag: SCHEDULE_DAG,
  seeded: SCHEDULE_SEEDED,
}

/** How a block differs from the engine's ordinary ones. */
export interface BlockOptions {
  /** The rules, where they are not those of the engine's chain. */
  readonly config?: ChainConfig
  /** False: opening and closing do nothing, as in state tests. */
  readonly systemWork?: boolean
  /** True: its changes go to the trie as it commits, for `stateRoot`. The trie holds the state. */
  readonly feedsTrie?: boolean
}

export class BlockTooLargeError extends BaseError {
  override readonly name = 'Engine.BlockTooLargeError'
}
