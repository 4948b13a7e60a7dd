/** What a leader of a chain consists of, opened from its data folder in the right order. */

import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { StoreOptions } from '@shredcast/shared/store/store'
import { Store } from '@shredcast/shared/store/store'
import type { Publisher, PublisherOptions } from '../publisher/publisher.ts'
import { createPublisher } from '../publisher/publisher.ts'
import { readSigningSeed } from '../publisher/signing-seed.ts'
import { BlockReplay } from './block-replay.ts'
import { loggedBlocksAbove, loggedRevert } from './logged-blocks.ts'

export interface LeaderPartsOptions
  extends Omit<PublisherOptions, 'chainId' | 'genesisHash' | 'engine' | 'log'> {
  readonly genesis: Genesis
  /** The data folder. Frames are signed with the key in it unless `signingSeed` is given. */
  readonly store: StoreOptions
  readonly retention?: Retention
  readonly workers: number
  readonly engine?: EngineName
}

export interface LeaderParts {
  readonly store: Store
  readonly chain: StoredChain
  readonly engine: Engine
  readonly publisher: Publisher
  /** Logged blocks that the store does not have, in order; to be executed again. */
  readonly replays: BlockReplay[]
}

/**
 * Opens the folder and listens; the engine holds the state behind the store's newest block.
 * @throws DatadirLockedError, SchemaVersionError, GenesisMismatchError, StoreCorruptedError
 * @throws LogMismatchError, SigningKeyFileError, ListenError
 */
export async function openLeaderParts(options: LeaderPartsOptions): Promise<LeaderParts> {
  const store = await Store.open(options.store)
  try {
    return await openWithStore(options, store)
  } catch (error) {
    // Why it could not be opened is told, not that it cannot be closed either.
    await store.close().catch(() => {})
    throw error
  }
}

async function openWithStore(options: LeaderPartsOptions, store: Store): Promise<LeaderParts> {
  const { genesis, retention, signingSeed } = options
  const engine = await createEngine({ ...options, config: genesis.config })
  try {
    const { trie } = engine
    const chain = await StoredChain.open({ store, genesis, trie, ...(retention && { retention }) })
    const log = store.shredLog
    const reverted = loggedRevert(log, chain.state.head)
    if (reverted !== undefined) await chain.revertTo(reverted.number, reverted.changes)
    await engine.loadState(chain.accounts())
    const replays = loggedBlocksAbove(log, chain.state.head).map((block) => new BlockReplay(block))
    const publisher = await createPublisher({
      ...options,
      chainId: genesis.config.chainId,
      genesisHash: chain.genesisHash,
      engine: engine.name,
      signingSeed: signingSeed ?? readSigningSeed(options.store.path),
      log,
    })
    return { store, chain, engine, publisher, replays }
  } catch (error) {
    await engine.close()
    throw error
  }
}
