/**
 * The client of a stream, for followers, relays and dApps: `connectStream` gives the verified messages
 * as an observable and keeps the connection up.
 *
 *     connecting --hello--> streaming --lost--> waiting --delay--> connecting
 *          |                    |                  |
 *          +------ invalid, refused, given up, close() ----------> closed
 *
 * A lost connection is resumed at the message after the last one delivered, so a consumer sees every
 * message once and in order, or an error; never a silent gap.
 */

import type { Observable } from 'rxjs'
import type { Hello, SubscriberRole } from '../wire/control-messages.ts'
import type { ReconnectOptions } from './reconnect-delay.ts'
import type { StreamError } from './stream-errors.ts'
import type { ReceivedMessage, StreamStart } from './stream-reader.ts'

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
  /** Silence after which the connection counts as lost; the server pings oftener. Default 15000. */
  readonly readDeadlineMs?: number
  /** Bytes that may wait for a paused consumer before the socket is paused. Default 1 MiB. */
  readonly maxWaitingBytes?: number
}

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
}

export interface StreamClient {
  /**
   * Verified messages in order. They flow while someone is subscribed and the stream is not paused;
   * ends with a StreamError, or completes after `close()`.
   */
  readonly messages$: Observable<ReceivedMessage>
  /** What the connection is doing, the present state first. */
  readonly state$: Observable<StreamState>
  /** The first hello. */
  readonly hello: Promise<Hello>
  /** Holds messages back, and with them the server; the message being delivered is the last. */
  pause(): void
  resume(): void
  /** Starts again elsewhere, on a new connection. */
  rewind(start: StreamStart): void
  stats(): StreamClientStats
  close(): void
}
