/**
 * The client of a stream, for followers, relays and dApps: `connectStream` gives the verified messages
 * as an observable and keeps the connection up.
 *
 *     connecting --hello--> streaming --lost--> waiting --delay--> connecting
 *          |                    |                  |
 *          +------ invalid, refused, given up, close() ----------> closed
 *
 * A lost connection is resumed at the message after the last one delivered, so a consumer sees every
 * message once and in order, or an error; never a silent gap. With another policy than `disconnect` the
 * server may drop or merge what this side is too slow for, and then says so.
 */

import type { Observable } from 'rxjs'
import type { DeliveryPolicy, Hello, SubscriberRole } from '../wire/control-messages.ts'
import type { FilterSpec } from '../wire/shred-filter.ts'
import type { ReconnectOptions } from './reconnect-delay.ts'
import type { Staleness } from './staleness.ts'
import type { StreamError } from './stream-errors.ts'
import type { ReceivedMessage, StreamEvent, StreamStart } from './stream-reader.ts'
import type { FilterOptions } from './wanted-filters.ts'

export interface StreamOptions {
  /** Default `live`. */
  readonly from?: StreamStart
  /** Ed25519 key that must have signed every frame; default: the one in the first hello. */
  readonly leaderKey?: Uint8Array
  readonly token?: string
  /** Default `dapp`. */
  readonly role?: SubscriberRole
  /** `false`: the first lost connection ends the stream. */
  readonly reconnect?: ReconnectOptions | false
  /** What the server does with messages that this side is too slow for. Default `disconnect`. */
  readonly policy?: DeliveryPolicy
  /** Messages this side may be behind before the policy acts. Default 1024. */
  readonly queueMessages?: number
  /**
   * What happens when messages were dropped: the stream fails with a MessagesDroppedError (default),
   * it asks for them again and waits, or it goes on, and only `events$` tells.
   */
  readonly onGap?: GapChoice
  /** Only what passes; without, everything. */
  readonly filters?: FilterOptions
  /** Time between two questions to the server whether it is there. Default 5000. */
  readonly pingIntervalMs?: number
  /** Silence after which the connection counts as lost; the server pings oftener. Default 15000. */
  readonly readDeadlineMs?: number
  /** Bytes that may wait for a paused consumer before the socket is paused. Default 1 MiB. */
  readonly maxWaitingBytes?: number
}

export type GapChoice = 'fail' | 'backfill' | 'continue'

export type StreamState =
  | { readonly status: 'connecting' }
  | { readonly status: 'streaming'; readonly hello: Hello }
  | { readonly status: 'waiting'; readonly delayMs: number; readonly error: StreamError }
  | { readonly status: 'closed'; readonly error?: StreamError }

/** Counts since `connectStream`, but for `waiting`. */
export interface StreamClientStats {
  readonly frames: number
  readonly messages: number
  readonly bytes: number
  readonly reconnects: number
  /** Messages that are here and not delivered yet. */
  readonly waiting: number
  /** Times that the server dropped messages, and how many. */
  readonly gaps: number
  readonly messagesDropped: number
  /** Merged states, and the messages in them. */
  readonly conflations: number
  readonly messagesConflated: number
  /** From the last question to its answer. */
  readonly roundTripMs?: number
}

/** What every source of a stream offers, whatever it comes over. */
export type MessageStream = Pick<
  StreamClient,
  'messages$' | 'state$' | 'hello' | 'pause' | 'resume' | 'rewind' | 'staleness' | 'stats' | 'close'
>

export interface StreamClient {
  /**
   * Verified messages in order. They flow while someone is subscribed and the stream is not paused;
   * ends with a StreamError, or completes after `close()`.
   */
  readonly messages$: Observable<ReceivedMessage>
  /** The messages, and between them what came in the place of others; flows and ends as `messages$`. */
  readonly events$: Observable<StreamEvent>
  /** What the connection is doing, the present state first. */
  readonly state$: Observable<StreamState>
  /** The first hello. */
  readonly hello: Promise<Hello>
  /** Holds messages back, and with them the server; the message being delivered is the last. */
  pause(): void
  resume(): void
  /** Starts again elsewhere, on a new connection. */
  rewind(start: StreamStart): void
  /**
   * Adds items to a filter, new or not; needs the option `filters`. Resolves when the server matches
   * with them, with the `seq` from which on; rejects when the stream ends before.
   */
  addFilter(name: string, spec: FilterSpec): Promise<number>
  /** From now on shreds that pass only this filter are not delivered. */
  dropFilter(name: string): void
  /** Now. */
  staleness(): Staleness
  /** Once a second while someone is subscribed. */
  readonly staleness$: Observable<Staleness>
  stats(): StreamClientStats
  close(): void
}
