/** What passes between the main thread and that of read-only calls: one job there, one answer back. */

import type { CallOptions, CallRequest } from '../chain/call.ts'
import type { BaseReaderSource } from '../chain/state-reader.ts'
import type { CallResult } from './call-result.ts'
import type { JobFailure } from './job-failure.ts'

export interface CallWorkerSetup {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly reader: BaseReaderSource | undefined
}

export interface CallJob {
  readonly request: CallRequest
  readonly options: CallOptions
}

export type CallAnswer =
  | { readonly type: 'result'; readonly result: CallResult }
  | { readonly type: 'timeout' }
  | { readonly type: 'too-large' }
  | JobFailure
