/** One method of the table, and what all of them can reach. */

import type { RpcBackend } from './backend.ts'
import type { Filters } from './filters.ts'
import type { Params } from './params.ts'
import type { ReceiptWaits } from './receipt-waits.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface RpcContext {
  readonly backend: RpcBackend
  readonly clientVersion: string
  readonly filters: Filters
  readonly receiptWaits: ReceiptWaits
  /** Gives other events of the process their turn when the request has held it long enough. */
  readonly yieldTurn: () => Promise<void>
}

/** What a caller may do. */
export interface CallerAccess {
  /** Counts one more request; false: too many. */
  take(): boolean
  mayCall(method: string): boolean
}

/** Who sent one message: a request or a batch. */
export interface Caller {
  /** Absent: everything. */
  readonly access?: CallerAccess
  /** Of the connection; absent over HTTP. */
  readonly subscriptions?: Subscriptions
  /** Subscriptions that the answer names: they are released when it is sent. */
  readonly opened: string[]
}

export interface RpcMethod {
  /** How many parameters there must and may be. */
  readonly least: number
  readonly most: number
  /** Returns what is written as JSON. */
  readonly run: (params: Params, context: RpcContext, caller: Caller) => unknown
}

export type MethodTable = Readonly<Record<string, RpcMethod>>
