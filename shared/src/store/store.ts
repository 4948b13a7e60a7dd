/**
 * A data folder: its lock, its file, and a repository for each table. One `Store` a folder and
 * process; other threads read the same folder through `openStoreReader`.
 */

import { mkdirSync } from 'node:fs'
import { BaseError } from '../primitives/base-error.ts'
import type { DatadirLock } from './datadir-lock.ts'
import { lockDatadir } from './datadir-lock.ts'
import type { Durability, TableStats } from './environment.ts'
import { Environment } from './environment.ts'
import { AccountRepository } from './repositories/account-repository.ts'
import { BlockRepository } from './repositories/block-repository.ts'
import { ChangeSetRepository } from './repositories/change-set-repository.ts'
import { CodeRepository } from './repositories/code-repository.ts'
import { EditRepository } from './repositories/edit-repository.ts'
import { FrameRepository } from './repositories/frame-repository.ts'
import { MetaRepository } from './repositories/meta-repository.ts'
import { ShredLog } from './repositories/shred-log.ts'
import { SlotRepository } from './repositories/slot-repository.ts'
import { TransactionRepository } from './repositories/transaction-repository.ts'
import { TrieNodeRepository } from './repositories/trie-node-repository.ts'
import { SCHEMA_VERSION } from './tables.ts'

export class SchemaVersionError extends BaseError {
  override readonly name = 'Store.SchemaVersionError'

  constructor(path: string, found: number | undefined) {
    super(
      `${path} has schema ${found ?? 'none'}, this version needs ${SCHEMA_VERSION}: take the version ` +
        'that wrote it, or import the chain into a new folder',
    )
  }
}

export interface StoreOptions {
  /** The data folder; it is made when it is not there. */
  readonly path: string
  /** What an acknowledged write survives. Default: the end of the process. */
  readonly durability?: Durability
  /** Past this size of the file writes are refused. Default 1 TiB. */
  readonly maxBytes?: number
}

export interface StoreStats {
  /** Of the file, with pages that wait to be used again. */
  readonly fileBytes: number
  readonly tables: readonly TableStats[]
}

const DEFAULT_MAX_BYTES = 2 ** 40

/** The repositories that any thread may read. */
export class StoreTables {
  readonly meta: MetaRepository
  readonly accounts: AccountRepository
  readonly slots: SlotRepository
  readonly codes: CodeRepository
  readonly trieNodes: TrieNodeRepository
  readonly blocks: BlockRepository
  readonly transactions: TransactionRepository
  readonly changeSets: ChangeSetRepository
  readonly frames: FrameRepository
  readonly edits: EditRepository
  protected readonly environment: Environment

  constructor(environment: Environment) {
    const { tables } = environment
    this.environment = environment
    this.meta = new MetaRepository(tables.meta)
    this.accounts = new AccountRepository(tables.accounts)
    this.slots = new SlotRepository(tables.slots)
    this.codes = new CodeRepository(tables.codes)
    this.trieNodes = new TrieNodeRepository(tables.accountTrieNodes, tables.storageTrieNodes)
    this.blocks = new BlockRepository(tables)
    this.transactions = new TransactionRepository(tables.transactionPlaces)
    this.changeSets = new ChangeSetRepository(tables)
    this.frames = new FrameRepository(tables.frames)
    this.edits = new EditRepository(tables.blockEdits)
  }

  /** Runs `read` on one snapshot: what it sees belongs together. */
  snapshot<T>(read: () => T): T {
    return this.environment.snapshot(read)
  }

  close(): Promise<void> {
    return this.environment.close()
  }
}

export class Store extends StoreTables {
  readonly shredLog: ShredLog
  readonly #lock: DatadirLock

  private constructor(environment: Environment, lock: DatadirLock) {
    super(environment)
    this.#lock = lock
    this.shredLog = new ShredLog(environment)
  }

  /**
   * @throws DatadirLockedError when another process, or this one, has the folder open
   * @throws SchemaVersionError
   * @throws StoreCorruptedError
   */
  static async open(options: StoreOptions): Promise<Store> {
    const { path, durability = 'os', maxBytes = DEFAULT_MAX_BYTES } = options
    mkdirSync(path, { recursive: true })
    const lock = await lockDatadir(path)
    let environment: Environment | undefined
    try {
      environment = new Environment({ path, readOnly: false, durability, maxBytes })
      settleSchema(environment, path)
      return new Store(environment, lock)
    } catch (error) {
      // What could not be opened may not be closable in order either; the first error is told.
      await environment?.close().catch(() => {})
      await lock.release()
      throw error
    }
  }

  /**
   * Runs `work` as one transaction: everything it writes is stored, or, if it throws, nothing. The
   * result is there when it is as safe as the store's durability promises.
   * @throws StoreFullError
   */
  async transact<T>(work: () => T): Promise<T> {
    const result = this.environment.transact(work)
    await this.environment.settled()
    return result
  }

  stats(): StoreStats {
    return { fileBytes: this.environment.fileBytes(), tables: this.environment.tableStats() }
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#lock.release()
  }
}

/**
 * The same folder for one more thread of the process that has it open, read-only.
 * @throws SchemaVersionError
 */
export function openStoreReader(path: string): StoreTables {
  const options = { path, readOnly: true, durability: 'os', maxBytes: 0 } as const
  const reader = new StoreTables(new Environment(options))
  const schema = reader.snapshot(() => reader.meta.schema)
  if (schema !== SCHEMA_VERSION) throw new SchemaVersionError(path, schema)
  return reader
}

/** A new folder gets this version's number; any other must have it. */
function settleSchema(environment: Environment, path: string): void {
  const meta = new MetaRepository(environment.tables.meta)
  const schema = environment.snapshot(() => meta.schema)
  if (schema === SCHEMA_VERSION) return
  const isNew = environment.tableStats().every(({ entries }) => entries === 0)
  if (schema !== undefined || !isNew) throw new SchemaVersionError(path, schema)
  environment.transact(() => meta.setSchema(SCHEMA_VERSION))
}
