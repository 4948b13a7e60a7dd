/** What a follower consists of, opened from its data folder in the right order. */

import type { ChainTip } from '@shredcast/protocol/wire/message-chain'
import { NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { baseReaderSource } from '@shredcast/shared/state/base-reader'
import { Store } from '@shredcast/shared/store/store'
import { FixtureChain } from '../chain/fixture-chain.ts'
import { GenesisChain } from '../chain/genesis-chain.ts'
import type { OwnChain } from '../chain/own-chain.ts'
import type { FollowerFolder } from './follower-folder.ts'
import { openFollowerFolder } from './follower-folder.ts'
import type { FollowerOptions } from './follower-options.ts'

export interface FollowerParts {
  readonly engine: Engine
  readonly chain: OwnChain
  /** Absent: nothing is kept. */
  readonly folder?: FollowerFolder
  /** Where the stream goes on; undefined for fixtures, whose blocks come in any order. */
  readonly tip: ChainTip | undefined
  close(): Promise<void>
}

/**
 * Opens the folder, if there is one; the engine holds the state behind its newest block.
 * @throws DatadirLockedError, SchemaVersionError, GenesisMismatchError, StoreCorruptedError
 * @throws FrameMismatchError, WrongLeaderKeyError
 */
export async function openFollowerParts(options: FollowerOptions): Promise<FollowerParts> {
  const { source } = options
  if (source.type === 'genesis') return openGenesis(options, source.genesis)
  const chain = await FixtureChain.find(source.paths)
  const engine = await createEngine({ ...options, config: chain.config })
  return { engine, chain, tip: undefined, close: () => engine.close() }
}

async function openGenesis(options: FollowerOptions, genesis: Genesis): Promise<FollowerParts> {
  if (options.store !== undefined) {
    return openInFolder({ ...options, store: options.store }, genesis)
  }
  const engine = await createEngine({ ...options, config: genesis.config })
  const chain = GenesisChain.create(genesis, engine.trie)
  const tip = { nextSeq: 0, latestHash: NO_MESSAGE_HASH }
  return { engine, chain, tip, close: () => engine.close() }
}

type FolderOptions = FollowerOptions & Required<Pick<FollowerOptions, 'store'>>

/** What was opened is closed when the rest cannot be: why that is so is told. */
async function openInFolder(options: FolderOptions, genesis: Genesis): Promise<FollowerParts> {
  const store = await Store.open(options.store)
  try {
    const reader = baseReaderSource(options.store.path)
    const engine = await createEngine({ ...options, config: genesis.config, reader })
    try {
      const folder = await openFollowerFolder(options, { store, genesis, engine })
      return {
        engine,
        chain: folder.chain,
        folder,
        tip: folder.logged.end,
        async close() {
          await engine.close()
          await folder.close()
        },
      }
    } catch (error) {
      await engine.close()
      throw error
    }
  } catch (error) {
    await store.close().catch(() => {})
    throw error
  }
}
