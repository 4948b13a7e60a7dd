/** A stream of samples: a server, what it is sent, and who signs. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import { createFramePublisher } from '@shredcast/protocol/server/frame-publisher'
import type { StreamServer, StreamServerOptions } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { FrameSigner } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import { sampleDraft } from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'

const TRANSACTION = hexToBytes(TRANSACTION_SAMPLES[0]!.signed)

export interface SampleStream {
  readonly server: StreamServer
  readonly chain: MessageChain
  readonly signer: FrameSigner
  /** Another shred, changed as said; returns its `seq`. */
  append(changed?: Partial<MessageDraft>): number
  /** Sends each draft in a frame of its own. */
  publish(...drafts: readonly MessageDraft[]): void
  flush(): void
  close(): Promise<void>
}

export interface SampleStreamOptions extends Partial<StreamServerOptions> {
  readonly signer?: FrameSigner
  readonly chain?: MessageChain
  /** Gets the messages of each frame before subscribers do. */
  readonly log?: (frame: PublishedFrame, messages: readonly Uint8Array[]) => Promise<unknown>
}

export async function startSampleStream(options: SampleStreamOptions = {}): Promise<SampleStream> {
  const { signer = createFrameSigner(), chain = new MessageChain(), log } = options
  const identity = {
    chainId: 31337n,
    genesisHash: new Uint8Array(32),
    leaderKey: signer.publicKey,
    engine: 'reference',
  }
  const server = await createStreamServer({
    identity,
    closeTimeoutMs: 200,
    tip: chain.tip,
    ...options,
  })
  const publisher = createFramePublisher({
    chain,
    signer,
    publish(frame, messages) {
      if (log === undefined) server.publish(frame)
      else void log(frame, messages).then(() => server.publish(frame))
    },
  })
  return {
    server,
    chain,
    signer,
    append(changed = {}) {
      const draft = { ...sampleDraft(chain.tip.nextSeq), transaction: TRANSACTION, ...changed }
      return publisher.append(draft as MessageDraft).seq
    },
    publish(...drafts) {
      for (const draft of drafts) {
        publisher.append(draft)
        publisher.flush()
      }
    },
    flush: () => publisher.flush(),
    async close() {
      publisher.close()
      await server.close()
    },
  }
}

/** Resolves when it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}
