/**
 * Where a snapshot is loaded: a store of its own inside the data folder, which takes the place of the
 * folder's own when it is whole. Until then the folder is what it was, and what is loaded outlives the
 * process.
 */

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatadirLock } from '@shredcast/shared/store/datadir-lock'
import { lockDatadir } from '@shredcast/shared/store/datadir-lock'
import type { StoreOptions } from '@shredcast/shared/store/store'
import { Store } from '@shredcast/shared/store/store'
import { CHAIN_FILE } from '@shredcast/shared/store/tables'

const FOLDER = 'snapshot'

/** Whether one was begun and not finished. */
export function hasUnfinishedSnapshot(datadir: string): boolean {
  return existsSync(join(datadir, FOLDER, CHAIN_FILE.name))
}

export class SnapshotFolder {
  readonly #options: StoreOptions
  readonly #lock: DatadirLock
  #store: Store

  private constructor(options: StoreOptions, lock: DatadirLock, store: Store) {
    this.#options = options
    this.#lock = lock
    this.#store = store
  }

  /**
   * Keeps other processes out of the data folder, whose own store is closed.
   * @throws DatadirLockedError, SchemaVersionError, StoreCorruptedError
   */
  static async open(options: StoreOptions): Promise<SnapshotFolder> {
    mkdirSync(options.path, { recursive: true })
    const lock = await lockDatadir(options.path)
    try {
      return new SnapshotFolder(options, lock, await openStore(options))
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  get store(): Store {
    return this.#store
  }

  /** Forgets what is loaded. */
  async clear(): Promise<void> {
    await this.#store.close()
    rmSync(join(this.#options.path, FOLDER), { recursive: true })
    this.#store = await openStore(this.#options)
  }

  /** What is loaded takes the place of what the data folder had; nothing more is done with it here. */
  async install(): Promise<void> {
    const { path } = this.#options
    await this.#store.close()
    renameSync(join(path, FOLDER, CHAIN_FILE.name), join(path, CHAIN_FILE.name))
    // LMDB makes it anew; what it says is of the file that was there.
    rmSync(join(path, `${CHAIN_FILE.name}-lock`), { force: true })
    const folder = openSync(path, 'r')
    fsyncSync(folder)
    closeSync(folder)
    rmSync(join(path, FOLDER), { recursive: true })
    await this.#lock.release()
  }

  /** Keeps what is loaded, if anything is. */
  async close(): Promise<void> {
    const { meta } = this.#store
    const isBegun = this.#store.snapshot(() => meta.snapshot ?? meta.head) !== undefined
    await this.#store.close()
    if (!isBegun) rmSync(join(this.#options.path, FOLDER), { recursive: true })
    await this.#lock.release()
  }
}

function openStore(options: StoreOptions): Promise<Store> {
  return Store.open({ ...options, path: join(options.path, FOLDER) })
}
