/**
 * A JetStream stream of frames: one subject, `STREAM.frames`, in the order of `seq`. Its messages are
 * numbered by the server; where a `seq` is among them is found by halving, since each message says
 * in its headers which messages its frame holds.
 */

import type { Consumer, JetStreamClient, JetStreamManager, StoredMsg } from '@nats-io/jetstream'
import {
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { connect, nanos } from '@nats-io/transport-node'
import type { NatsAddress } from './nats-address.ts'
import type { FramePart, PartHeaders } from './nats-message.ts'
import { readHeaders } from './nats-message.ts'

/** What the server keeps; the oldest frames go first. */
export interface NatsRetention {
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** A message of the stream; `position` is the server's number of it. */
export interface StoredPart extends PartHeaders {
  readonly position: number
}

/** What must be the end of the stream for a message to be taken: a position, or an id. */
export type ExpectedEnd = { readonly lastSequence: number } | { readonly lastMsgID: string }

const CONNECT_TIMEOUT_MS = 5000
/** A server that answers two of these no more is dead; 15 s, as on a WebSocket. */
const PING_INTERVAL_MS = 5000
const PINGS_UNANSWERED_MAX = 2
const DUPLICATE_WINDOW_MS = 120_000

/** A connection that ends when it is lost: whoever uses it connects again and looks where things are. */
export function connectNats({ server, user, password }: NatsAddress): Promise<NatsConnection> {
  return connect({
    servers: server,
    name: 'shredcast',
    reconnect: false,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_UNANSWERED_MAX,
    ignoreClusterUpdates: true,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
  })
}

export class NatsFrameStream {
  readonly #name: string
  readonly #subject: string
  readonly #client: JetStreamClient
  readonly #manager: JetStreamManager

  private constructor(name: string, client: JetStreamClient, manager: JetStreamManager) {
    this.#name = name
    this.#subject = `${name}.frames`
    this.#client = client
    this.#manager = manager
  }

  /** Whether the stream is there is not looked at. */
  static async of(connection: NatsConnection, name: string): Promise<NatsFrameStream> {
    return new NatsFrameStream(name, jetstream(connection), await jetstreamManager(connection))
  }

  /** Makes the stream, or gives the one that is there this retention. */
  async ensure({ maxBytes, maxAgeMs }: NatsRetention): Promise<void> {
    const limits = {
      max_bytes: maxBytes,
      max_age: nanos(maxAgeMs),
      duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MS, maxAgeMs)),
      allow_direct: true,
    }
    const config = await this.#config()
    if (config === undefined) {
      await this.#manager.streams.add({
        ...limits,
        name: this.#name,
        subjects: [this.#subject],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
      })
    } else if (Object.entries(limits).some(([key, value]) => config[key] !== value)) {
      await this.#manager.streams.update(this.#name, limits)
    }
  }

  /** Position of the newest message that there ever was; 0 before the first. */
  async lastPosition(): Promise<number> {
    const { state } = await this.#manager.streams.info(this.#name)
    return state.last_seq
  }

  /** The oldest message; undefined when the stream is absent or empty. */
  oldest(): Promise<StoredPart | undefined> {
    return this.#get(() => {
      return this.#manager.direct.getMessage(this.#name, { seq: 1, next_by_subj: this.#subject })
    })
  }

  /** The newest message; undefined when the stream is absent or empty. */
  newest(): Promise<StoredPart | undefined> {
    return this.#get(() => {
      return this.#manager.direct.getMessage(this.#name, { last_by_subj: this.#subject })
    })
  }

  /** Where to read from to get message `seq`, which is between the two ends. */
  async positionOf(seq: number, oldest: StoredPart, newest: StoredPart): Promise<number> {
    let low = oldest.position
    let high = newest.position + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const part = await this.#atOrAfter(middle)
      if (part === undefined || part.hello.nextSeq > seq) high = middle
      else low = part.position + 1
    }
    return low
  }

  /** Resolves once the message is stored; rejects when the end of the stream is another. */
  async publish({ id, headers, bytes }: FramePart, expect: ExpectedEnd): Promise<void> {
    await this.#client.publish(this.#subject, bytes, { msgID: id, headers, expect })
  }

  /** Messages from a position on, in order, without a gap that the server has not. */
  reader(position: number): Promise<Consumer> {
    return this.#client.consumers.get(this.#name, {
      opt_start_seq: position,
      filter_subjects: this.#subject,
    })
  }

  #atOrAfter(position: number): Promise<StoredPart | undefined> {
    return this.#get(() => {
      const query = { seq: position, next_by_subj: this.#subject }
      return this.#manager.direct.getMessage(this.#name, query)
    })
  }

  async #get(read: () => Promise<StoredMsg | null>): Promise<StoredPart | undefined> {
    if ((await this.#config()) === undefined) return undefined
    const message = await read()
    return message === null ? undefined : { ...readHeaders(message.header), position: message.seq }
  }

  async #config(): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const { config } = await this.#manager.streams.info(this.#name)
      return { ...config }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound
}
