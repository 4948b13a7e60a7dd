/** How a dApp's connection does. */

import type { StreamError } from '../stream-errors.ts'

/**
 *     idle --someone subscribes--> connecting -> connected <-> stale
 *      |                                             |          |
 *      +--nobody is left, or close()--   reconnecting <---------+
 *
 * `closed` is told when the stream has failed for good; whoever subscribes anew begins anew.
 */
export type StreamStatus =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  /** `seq` of the newest message, if any came. */
  | { readonly state: 'connected'; readonly seq: number | undefined }
  /** All up to `seq` was all there is `ageMs` ago; told again while it lasts. */
  | { readonly state: 'stale'; readonly seq: number | undefined; readonly ageMs: number }
  | { readonly state: 'reconnecting'; readonly delayMs: number; readonly error: StreamError }
  | { readonly state: 'closed'; readonly error: StreamError }

/**
 * Messages `fromSeq` to `nextSeq - 1` are missing for good:
 *
 *     gone      the server no longer had them
 *     dropped   this side was too slow for them, and `policy` is `gap`, or no merged state could hold them
 *     merged    the same, and the newest values in them came in their place: `policy` is `conflate`
 */
export interface StreamGap {
  readonly fromSeq: number
  readonly nextSeq: number
  readonly reason: 'gone' | 'dropped' | 'merged'
}
