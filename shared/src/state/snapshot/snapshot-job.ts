/** What the main thread and the thread that reads snapshots say to each other. */

import type { SnapshotContent, SnapshotHeaders } from './read-snapshot.ts'

export type SnapshotJob =
  | { readonly type: 'headers'; readonly hash: Uint8Array }
  | { readonly type: 'content'; readonly hash: Uint8Array; readonly after: Uint8Array }

/** Undefined: the block, or its state, is not there any more. */
export interface SnapshotResults {
  readonly headers: SnapshotHeaders | undefined
  readonly content: SnapshotContent | undefined
}

export type SnapshotAnswer =
  | { readonly type: 'result'; readonly result: SnapshotResults[SnapshotJob['type']] }
  | { readonly type: 'failed'; readonly message: string; readonly isAsked: boolean }
