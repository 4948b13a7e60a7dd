/**
 * Serves the stream on to followers and dApps below: the frames as they were received, under the
 * leader's signature, each once all of its messages are verified. Subscribers resume from the frames
 * in memory, then from those in the data folder.
 */

import type { FrameArchive } from '@shredcast/protocol/server/frame-archive'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { SnapshotSource } from '@shredcast/protocol/server/snapshot-reader'
import type { StreamIdentity, StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'

export interface RelayOptions {
  readonly host: string
  readonly port: number
  /** When given, a subscriber must present it. */
  readonly token?: string
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
  /** Verified before anybody could listen. */
  #early: PublishedFrame[] = []
  #server: StreamServer | undefined

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

  publish(frame: PublishedFrame): void {
    if (this.#server === undefined) this.#early.push(frame)
    else this.#server.publish(frame)
  }

  /**
   * Listens, once, with everything that was published so far.
   * @throws ListenError
   */
  async listen(identity: StreamIdentity): Promise<void> {
    const { host, port, token } = this.#options
    const { start, ...source } = this.#source
    const server = await createStreamServer({
      identity,
      host,
      port,
      ...(token !== undefined && { token }),
      ...source,
      tip: start,
    })
    for (const frame of this.#early) server.publish(frame)
    this.#early = []
    this.#server = server
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }
}
