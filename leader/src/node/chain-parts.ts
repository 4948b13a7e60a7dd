/** A chain in its data folder with the engine that executes on it, opened in the right order. */

import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { baseReaderSource } from '@shredcast/shared/state/base-reader'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { StoreOptions } from '@shredcast/shared/store/store'
import { Store } from '@shredcast/shared/store/store'

export interface ChainPartsOptions {
  readonly genesis: Genesis
  /** The data folder. */
  readonly store: StoreOptions
  readonly retention?: Retention
  readonly workers: number
  readonly engine?: EngineName
  /** Bytes of the state that stay in memory from one block to the next. */
  readonly stateCacheBytes?: number
}

export interface ChainParts {
  readonly store: Store
  readonly chain: StoredChain
  readonly engine: Engine
}

/**
 * Opens the folder; the engine loads what it needs of the state behind the newest block. What `use`
 * fails with, the parts are closed for.
 * @throws DatadirLockedError, SchemaVersionError, GenesisMismatchError, StoreCorruptedError
 */
export async function openChainParts<T>(
  options: ChainPartsOptions,
  use: (parts: ChainParts) => Promise<T> | T,
): Promise<T> {
  const store = await Store.open(options.store)
  try {
    return await openWithStore(options, store, use)
  } catch (error) {
    // Why it could not be opened is told, not that it cannot be closed either.
    await store.close().catch(() => {})
    throw error
  }
}

async function openWithStore<T>(
  options: ChainPartsOptions,
  store: Store,
  use: (parts: ChainParts) => Promise<T> | T,
): Promise<T> {
  const { genesis, retention } = options
  const reader = baseReaderSource(options.store.path)
  const engine = await createEngine({ ...options, config: genesis.config, reader })
  try {
    const { trie } = engine
    const chain = await StoredChain.open({ store, genesis, trie, ...(retention && { retention }) })
    return await use({ store, chain, engine })
  } catch (error) {
    await engine.close()
    throw error
  }
}
