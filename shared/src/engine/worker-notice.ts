/** What passes between the main thread and a worker besides the shared memory: start and failure. */

import type { ChainConfig } from '../chain/chain-config.ts'
import type { BaseReaderSource } from '../chain/state-reader.ts'
import { BaseError } from '../primitives/base-error.ts'
import type { TracePart } from './trace.ts'

export interface WorkerSetup {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly index: number
  readonly config: ChainConfig
  /** Where the state is loaded from that is not cached. */
  readonly reader: BaseReaderSource | undefined
  /** Whether it reports every instruction. */
  readonly isTraced: boolean
}

/** What a worker says to the main thread: that it is there, what it traced, and that it failed. */
export type WorkerNotice =
  | { readonly type: 'ready' }
  | TraceNotice
  | {
      readonly type: 'failed'
      readonly txIndex: number
      /** BLOCK_EPOCH of the block it happened in. */
      readonly blockEpoch: number
      /** The error as text: not every error survives the way between threads. */
      readonly message: string
      readonly stack: string | undefined
    }

/** A part of the trace. The worker waits until the main thread has set `taken` to 1. */
export interface TraceNotice extends TracePart {
  readonly type: 'trace'
  readonly taken: Int32Array
}

/** What went wrong in a worker thread; `details` is its stack there. */
export class WorkerError extends BaseError {
  override readonly name = 'Engine.WorkerError'
}

export interface WorkerFailure {
  readonly txIndex: number
  readonly blockEpoch: number
  readonly error: WorkerError
}
