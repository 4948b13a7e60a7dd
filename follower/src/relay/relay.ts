/**
 * Serves the stream on to followers and dApps below: the frames as they were received, under the
 * leader's signature, each once all of its messages are verified. Subscribers resume from the frames
 * in memory, which a restart fills from the data folder.
 */

import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { StreamIdentity, StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'
import { NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'

export interface RelayOptions {
  readonly host: string
  readonly port: number
  /** When given, a subscriber must present it. */
  readonly token?: string
}

export class Relay {
  readonly #options: RelayOptions
  /** Verified before anybody could listen. */
  #early: PublishedFrame[]
  readonly #start: ChainTip
  #server: StreamServer | undefined

  /** `frames` are those in the folder that are verified, `start` is where the first of them begins. */
  constructor(
    options: RelayOptions,
    frames: readonly PublishedFrame[] = [],
    start: ChainTip = { nextSeq: 0, latestHash: NO_MESSAGE_HASH },
  ) {
    this.#options = options
    this.#early = [...frames]
    this.#start = start
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
    const server = await createStreamServer({
      identity,
      host,
      port,
      ...(token !== undefined && { token }),
      tip: this.#start,
    })
    for (const frame of this.#early) server.publish(frame)
    this.#early = []
    this.#server = server
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }
}
