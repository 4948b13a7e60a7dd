/**
 * Passes the stream on, to followers and dApps below and to NATS: the frames as they were received,
 * under the leader's signature, each once all of its messages are verified. Subscribers resume, and a
 * NATS stream is filled up, from the frames in memory, then from those in the data folder.
 */

import type { NatsPublisherStats, NatsTarget } from '@shredcast/protocol/nats/nats-publisher'
import { NatsPublisher } from '@shredcast/protocol/nats/nats-publisher'
import type { FrameArchive } from '@shredcast/protocol/server/frame-archive'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { SnapshotSource } from '@shredcast/protocol/server/snapshot-reader'
import type { StreamIdentity, StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'

/** Where others may subscribe. */
export interface RelayServerOptions {
  readonly host: string
  readonly port: number
  /** When given, a subscriber must present it. */
  readonly token?: string
  /** Default 1000. */
  readonly maxSubscribers?: number
}

/** Whom the stream is passed on to. */
export interface RelayOptions {
  readonly server?: RelayServerOptions
  readonly nats?: NatsTarget
}

export interface RelaySource {
  /** Where the first frame that is published begins, or before. */
  readonly start: ChainTip
  /** Everything before it. */
  readonly archive?: FrameArchive
  /** Absent: what is verified is not kept. */
  readonly snapshots?: SnapshotSource
  /** How long ago all that there is was verified. */
  readonly ageMs: () => number
  readonly onArchiveFailure?: (error: unknown) => void
}

export class Relay {
  readonly #options: RelayOptions
  readonly #source: RelaySource
  /** Verified before the leader was known; undefined when it is. */
  #early: PublishedFrame[] | undefined = []
  #server: StreamServer | undefined
  #nats: NatsPublisher | undefined

  constructor(options: RelayOptions, source: RelaySource) {
    this.#options = options
    this.#source = source
  }

  get url(): string | undefined {
    return this.#server?.url
  }

  stats(): ReturnType<StreamServer['stats']> | undefined {
    return this.#server?.stats()
  }

  natsStats(): NatsPublisherStats | undefined {
    return this.#nats?.stats()
  }

  publish(frame: PublishedFrame): void {
    this.#early?.push(frame)
    if (this.#early === undefined) this.#pass(frame)
  }

  /**
   * Begins, once, with everything that was published so far.
   * @throws ListenError
   */
  async listen(identity: StreamIdentity): Promise<void> {
    const { server, nats } = this.#options
    const { start: tip, ageMs, onArchiveFailure, archive, snapshots } = this.#source
    if (server !== undefined) {
      this.#server = await createStreamServer({
        ...server,
        identity,
        tip,
        ageMs,
        ...(archive && { archive }),
        ...(snapshots && { snapshots }),
        ...(onArchiveFailure && { onArchiveFailure }),
      })
    }
    this.#nats = nats && new NatsPublisher({ ...nats, identity, tip, ...(archive && { archive }) })
    const early = this.#early ?? []
    this.#early = undefined
    for (const frame of early) this.#pass(frame)
  }

  async close(): Promise<void> {
    await Promise.all([this.#server?.close(), this.#nats?.close()])
  }

  #pass(frame: PublishedFrame): void {
    this.#server?.publish(frame)
    this.#nats?.publish(frame)
  }
}
