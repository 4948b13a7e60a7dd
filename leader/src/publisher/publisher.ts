/** The leader's end of the stream: one chain of messages, signed frames, and the server they go to. */

import { createFramePublisher } from '@shredcast/protocol/server/frame-publisher'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'

export interface PublisherOptions {
  readonly chainId: bigint
  readonly genesisHash: Uint8Array
  /** What executes; a follower must execute with the same. */
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly token?: string
  /** 32 bytes; default: random, so that the key lives as long as the process. */
  readonly signingSeed?: Uint8Array
}

export interface Publisher {
  readonly url: string
  /** Ed25519 public key, 32 bytes. */
  readonly leaderKey: Uint8Array
  publish(draft: MessageDraft): void
  stats(): ReturnType<StreamServer['stats']>
  /** Sends what is queued, then disconnects all subscribers. */
  close(): Promise<void>
}

export async function createPublisher(options: PublisherOptions): Promise<Publisher> {
  const { chainId, genesisHash, engine, host, port, token, signingSeed } = options
  const signer = createFrameSigner(signingSeed)
  const server = await createStreamServer({
    identity: { chainId, genesisHash, leaderKey: signer.publicKey, engine },
    host,
    port,
    ...(token !== undefined && { token }),
  })
  const frames = createFramePublisher({
    chain: new MessageChain(),
    signer,
    publish: (frame) => server.publish(frame),
  })
  return {
    url: server.url,
    leaderKey: signer.publicKey,
    publish: (draft) => {
      frames.append(draft)
    },
    stats: () => server.stats(),
    async close() {
      frames.close()
      await server.close()
    },
  }
}
