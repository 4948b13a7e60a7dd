/** A leader that has nothing but a stream: it serves the drafts it is given, true or not. */

import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import { createFramePublisher } from '@shredcast/protocol/server/frame-publisher'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { FrameSigner } from '@shredcast/protocol/wire/frame'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { headerHash } from '@shredcast/shared/chain/header'
import { DEFAULT_ENGINE } from '@shredcast/shared/engine/engine-options'
import { StateRoot } from './state-root.ts'

export interface StreamLeaderOptions {
  readonly genesis: Genesis
  readonly signer: FrameSigner
  readonly drafts: readonly MessageDraft[]
  /** May change a frame on its way. */
  readonly deliver?: (frame: PublishedFrame) => PublishedFrame
}

/** Chains, signs and serves all of the drafts; they stay there for whoever subscribes. */
export async function serveStream(options: StreamLeaderOptions): Promise<StreamServer> {
  const { genesis, signer, drafts, deliver = (frame) => frame } = options
  const server = await createStreamServer({
    identity: {
      chainId: genesis.config.chainId,
      genesisHash: await genesisHash(genesis),
      leaderKey: signer.publicKey,
      engine: DEFAULT_ENGINE,
    },
  })
  const publisher = createFramePublisher({
    chain: new MessageChain(),
    signer,
    publish: (frame) => server.publish(deliver(frame)),
  })
  for (const draft of drafts) publisher.append(draft)
  publisher.close()
  return server
}

async function genesisHash({ alloc, header }: Genesis): Promise<Uint8Array> {
  const state = await StateRoot.fromGenesis(alloc)
  return headerHash({ ...header, stateRoot: await state.root() })
}
