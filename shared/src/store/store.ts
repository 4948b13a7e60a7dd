/**
 * A data folder: its lock, its files, and a repository for each table. One `Store` a folder and
 * process; other threads read the same folder through `openStoreReader`, and one may write to it by a
 * `StoreWriter`.
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
import { LoggedMessages } from './repositories/logged-messages.ts'
import { MetaRepository } from './repositories/meta-repository.ts'
import { ShredLog } from './repositories/shred-log.ts'
import { SlotRepository } from './repositories/slot-repository.ts'
import { TransactionRepository } from './repositories/transaction-repository.ts'
import { TrieNodeRepository } from './repositories/trie-node-repository.ts'
import type { ChainTable, LogTable } from './tables.ts'
import { CHAIN_FILE, LOG_FILE, SCHEMA_VERSION } from './tables.ts'

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
  /** Past this size of either file writes to it are refused. Default 1 TiB. */
  readonly maxBytes?: number
}

export interface StoreStats {
  /** Of both files, with pages that wait to be used again. */
  readonly fileBytes: number
  readonly tables: readonly TableStats[]
}

export const DEFAULT_MAX_BYTES = 2 ** 40

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
  protected readonly environment: Environment<ChainTable>

  constructor(environment: Environment<ChainTable>) {
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

  /** Accounts, slots and codes of the newest state. */
  stateEntryCount(): number {
    const { accounts, slots, codes } = CHAIN_FILE.tables
    const counted = new Set([accounts.name, slots.name, codes.name])
    const stats = this.environment.tableStats()
    return stats.reduce((sum, { name, entries }) => sum + (counted.has(name) ? entries : 0), 0)
  }

  close(): Promise<void> {
    return this.environment.close()
  }
}

/** What one thread writes a folder through that this process has open; blocks are one thread's alone. */
export class StoreWriter extends StoreTables {
  readonly messages: LoggedMessages
  readonly #log: LogEnvironment

  protected constructor({ chain, log }: Environments) {
    super(chain)
    this.#log = log
    this.messages = new LoggedMessages(log)
  }

  /**
   * One more, in another thread than the folder's `Store`.
   * @throws StoreCorruptedError
   */
  static openBeside(options: StoreOptions): StoreWriter {
    return new StoreWriter(openEnvironments(options))
  }

  /**
   * Runs `work` as one transaction: everything it writes is stored, or, if it throws, nothing. The
   * result is there when it is as safe as the store's durability promises. The log is no part of it.
   * @throws StoreFullError
   */
  async transact<T>(work: () => T): Promise<T> {
    const result = this.environment.transact(work)
    await this.environment.settled()
    return result
  }

  /**
   * Resolves when this thread writes nothing to the disk: what is stored from now on gets there by a
   * flush that has the log's newest messages written first.
   */
  flushEnded(): Promise<void> {
    return this.environment.flushEnded()
  }

  stats(): StoreStats {
    const files = [this.environment, this.#log]
    return {
      fileBytes: files.reduce((sum, file) => sum + file.fileBytes(), 0),
      tables: files.flatMap((file) => file.tableStats()),
    }
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#log.close()
  }
}

export class Store extends StoreWriter {
  readonly shredLog: ShredLog
  readonly #lock: DatadirLock

  private constructor(environments: Environments, lock: DatadirLock) {
    super(environments)
    this.shredLog = new ShredLog(environments.log)
    this.#lock = lock
  }

  /**
   * @throws DatadirLockedError when another process, or this one, has the folder open
   * @throws SchemaVersionError
   * @throws StoreCorruptedError
   */
  static async open(options: StoreOptions): Promise<Store> {
    const { path } = options
    mkdirSync(path, { recursive: true })
    const lock = await lockDatadir(path)
    let environments: Environments | undefined
    try {
      environments = openEnvironments(options)
      settleSchema(environments, path)
      return new Store(environments, lock)
    } catch (error) {
      // What could not be opened may not be closable in order either; the first error is told.
      await environments?.chain.close().catch(() => {})
      await environments?.log.close().catch(() => {})
      await lock.release()
      throw error
    }
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#lock.release()
  }
}

interface Environments {
  readonly chain: Environment<ChainTable>
  readonly log: LogEnvironment
}

type LogEnvironment = Environment<LogTable>

function openEnvironments(options: StoreOptions): Environments {
  const { path, durability = 'os', maxBytes = DEFAULT_MAX_BYTES } = options
  const writing = { path, readOnly: false, durability, maxBytes }
  const log = new Environment({ ...writing, file: LOG_FILE })
  try {
    return { chain: new Environment({ ...writing, file: CHAIN_FILE, flushedAfter: log }), log }
  } catch (error) {
    void log.close().catch(() => {})
    throw error
  }
}

/**
 * The same folder for one more thread of the process that has it open, read-only.
 * @throws SchemaVersionError
 */
export function openStoreReader(path: string): StoreTables {
  const options = { path, file: CHAIN_FILE, readOnly: true, durability: 'os', maxBytes: 0 } as const
  const reader = new StoreTables(new Environment(options))
  const schema = reader.snapshot(() => reader.meta.schema)
  if (schema !== SCHEMA_VERSION) throw new SchemaVersionError(path, schema)
  return reader
}

/** A new folder gets this version's number; any other must have it. */
function settleSchema({ chain, log }: Environments, path: string): void {
  const meta = new MetaRepository(chain.tables.meta)
  const schema = chain.snapshot(() => meta.schema)
  if (schema === SCHEMA_VERSION) return
  const tables = [...chain.tableStats(), ...log.tableStats()]
  const isNew = tables.every(({ entries }) => entries === 0)
  if (schema !== undefined || !isNew) throw new SchemaVersionError(path, schema)
  chain.transact(() => meta.setSchema(SCHEMA_VERSION))
}
