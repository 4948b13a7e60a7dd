/** What passes between the leader's main thread and the one that stores its blocks. */

import type { Retention } from '@shredcast/shared/state/canonical-state'
import type { StoreOptions } from '@shredcast/shared/store/store'
import type { BlockInLog } from './logged-block.ts'

export interface BlockStoreSetup {
  /** Of the folder that the process has open. */
  readonly store: StoreOptions
  readonly retention: Retention
}

/** A sealed block, the next one of the store, whose messages are in the log. */
export interface BlockOrder extends BlockInLog {
  /** That it changed of the trie, for `readTrieBatch`; the thread's from then on. */
  readonly nodes: Uint8Array
}

/** What a block pushed out of the store. */
export interface Pruned {
  readonly messages: number
  readonly changedKeys: number
  /** The oldest block whose state can be read. */
  readonly historyStart: bigint
}

export type BlockStoreNotice =
  | { readonly type: 'stored'; readonly pruned: Pruned }
  | {
      readonly type: 'failed'
      /** The error as text: its class does not survive the way between threads. */
      readonly name: string
      readonly message: string
      readonly details: string | undefined
    }
