/** What passes between the main thread and that of history: one job there, one answer back. */

import type { CallOptions, CallRequest } from '../../chain/call.ts'
import type { ChainConfig } from '../../chain/chain-config.ts'
import type { SimulatedBlock, SimulationRequest } from '../../chain/simulation.ts'
import type { StateChange } from '../../chain/state-change.ts'
import type { BaseReaderSource } from '../../chain/state-reader.ts'
import type { TracerChoice } from '../../chain/trace-choice.ts'
import type { CallResult } from '../call-result.ts'
import type { JobFailure } from '../job-failure.ts'
import type { PackedBlock } from './packed-block.ts'

export interface HistorySetup {
  readonly config: ChainConfig
  /** Of a module with `openHistoryReader`. */
  readonly reader: BaseReaderSource
  /** One word: not 0 when the job is to end. */
  readonly stop: Int32Array
}

/** Where in the chain something is executed. */
export interface ChainPlace {
  /** The stored block on whose state it begins. */
  readonly parent: bigint
  /** Absent: in the block `parent` itself, behind all of it. */
  readonly within?: {
    /** Transactions of the block behind `parent` that come before. */
    readonly count: number
    /** That block, if it is not stored. */
    readonly open?: PackedBlock
    /** What was changed by hand before it. */
    readonly edited?: readonly StateChange[]
  }
}

export type HistoryJob =
  | {
      readonly type: 'traceTransactions'
      /** `count` is the first transaction that is traced. */
      readonly place: ChainPlace
      /** One is answered by itself, all that are left as a list with their hashes. */
      readonly isWholeBlock: boolean
      readonly tracer: TracerChoice
    }
  | {
      readonly type: 'traceCall'
      readonly place: ChainPlace
      readonly request: CallRequest
      readonly options: CallOptions
      readonly tracer: TracerChoice
    }
  | {
      readonly type: 'call'
      readonly place: ChainPlace
      readonly request: CallRequest
      readonly options: CallOptions
    }
  | {
      readonly type: 'simulate'
      readonly place: ChainPlace
      readonly request: SimulationRequest
    }

/** What a job comes to, by its type. */
export interface HistoryResults {
  /** JSON. */
  traceTransactions: string
  /** JSON. */
  traceCall: string
  call: CallResult
  simulate: readonly SimulatedBlock[]
}

export type HistoryAnswer =
  | { readonly type: 'result'; readonly result: HistoryResults[HistoryJob['type']] }
  | { readonly type: 'stopped' }
  /** The job contradicts itself or the state, or is too much. */
  | { readonly type: 'refused'; readonly message: string; readonly code: number | undefined }
  | JobFailure
