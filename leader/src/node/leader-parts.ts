/** What a leader of a chain consists of, opened from its data folder in the right order. */

import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import type { Publisher, PublisherOptions } from '../publisher/publisher.ts'
import { createPublisher } from '../publisher/publisher.ts'
import { readSigningSeed } from '../publisher/signing-seed.ts'
import { BlockStore } from '../storing/block-store.ts'
import { BlockReplay } from './block-replay.ts'
import type { ChainParts, ChainPartsOptions } from './chain-parts.ts'
import { openChainParts } from './chain-parts.ts'
import { loggedBlocksAbove, loggedRevert } from './logged-blocks.ts'
import { NewestBlock } from './newest-block.ts'

/** Frames are signed with the key in the data folder unless `signingSeed` is given. */
export type LeaderPartsOptions = ChainPartsOptions &
  Omit<PublisherOptions, 'chainId' | 'genesisHash' | 'engine' | 'log' | 'snapshots'>

export interface LeaderParts extends ChainParts {
  readonly blocks: BlockStore
  readonly publisher: Publisher
  readonly newest: NewestBlock
  /** Logged blocks that the store does not have, in order; to be executed again. */
  readonly replays: BlockReplay[]
}

/**
 * Opens the folder and listens.
 * @throws LogMismatchError, SigningKeyFileError, ListenError, and as `openChainParts`
 */
export function openLeaderParts(options: LeaderPartsOptions): Promise<LeaderParts> {
  const { genesis, signingSeed } = options
  return openChainParts(options, async (parts) => {
    const { chain, engine } = parts
    const log = parts.store.shredLog
    const reverted = loggedRevert(log, chain.state.head)
    if (reverted !== undefined) await chain.revertTo(reverted.number, reverted.changes)
    const above = loggedBlocksAbove(log, chain.state.head)
    const newest = NewestBlock.of(log, chain.state.head, above)
    const publisher = await createPublisher({
      ...options,
      chainId: genesis.config.chainId,
      genesisHash: chain.genesisHash,
      engine: engine.name,
      signingSeed: signingSeed ?? readSigningSeed(options.store.path),
      log,
      snapshots: { path: options.store.path, newest: () => newest.place },
    })
    const replays = above.map((block) => new BlockReplay(block))
    const { store, retention = DEFAULT_RETENTION } = options
    const blocks = new BlockStore({ store, retention })
    return { ...parts, publisher, newest, replays, blocks }
  })
}
