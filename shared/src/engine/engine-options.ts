/** What an engine is made of. */

import type { ChainConfig } from '../chain/chain-config.ts'
import type { BaseReader, BaseReaderSource } from '../chain/state-reader.ts'
import type { CoreBuild } from './core.ts'
import type { TracePart } from './trace.ts'

export interface EngineOptions {
  readonly config: ChainConfig
  /** Worker threads, 1 to 63; one worker is sequential execution. */
  readonly workers: number
  /** Default: DEFAULT_ENGINE. */
  readonly engine?: EngineName
  /** Default `release`. */
  readonly build?: CoreBuild
  /** Where workers load state that is not cached. Absent: the loaded state is all there is. */
  readonly reader?: BaseReaderSource
  /** Bytes of cached state above which `trimState` evicts. Default 128 MiB. */
  readonly stateCacheBytes?: number
  /** What of the scheduler's decisions is fixed, for comparison; default: nothing. */
  readonly fixed?: FixedDecisions
  /**
   * Takes the trace of every instruction (EIP-3155), in order, before the step that it is about is
   * committed. For one worker and Block-STM.
   */
  readonly onTrace?: (part: TracePart) => void
}

/** Decisions that the scheduler does not make (assembly/stm/policy.ts, speculation.ts). */
export interface FixedDecisions {
  /** Executions run ahead of the commits without limit. */
  readonly speculation?: 'unlimited'
  /** Every signal for several tasks wakes all workers, and all take whatever there is. */
  readonly workers?: 'all'
  /** Senders, then steps, then the root; or the root before steps. */
  readonly order?: 'steps first' | 'root first'
}

/** What of that the engine keeps, and what was opened for it. */
export interface EngineSettings {
  readonly isTraced?: boolean
  readonly stateCacheBytes?: number | undefined
  /** For the thread of calls. */
  readonly reader?: BaseReaderSource | undefined
  /** The main thread's; it is the engine's to close. */
  readonly ownReader?: BaseReader | undefined
}

/** What executes: the core's own EVM, or `@ethereumjs/evm` on the core's multi-version memory. */
export type EngineName = 'inline' | 'reference'
export const DEFAULT_ENGINE: EngineName = 'inline'
