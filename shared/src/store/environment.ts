/**
 * An LMDB environment of a data folder: one file, its tables, its transactions. Everything about
 * `lmdb` is in here and in `table.ts`. Each thread of the process that reads or writes the file opens
 * it, and then shares LMDB's handle; a transaction waits for that of another thread.
 */

import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import { assert } from '../primitives/assert.ts'
import { MEND, StoreCorruptedError, StoreFullError, storeErrorOf } from './store-error.ts'
import { Table } from './table.ts'
import type { StoreFile, TableDefinition } from './tables.ts'

/**
 * What an acknowledged write survives: `none` nothing, in a folder that is removed with its process;
 * `os` the end of the process, `disk` a power cut as well.
 */
export type Durability = 'none' | 'os' | 'disk'

export interface EnvironmentOptions<Name extends string> {
  /** The folder, which exists. */
  readonly path: string
  readonly file: StoreFile<Name>
  readonly readOnly: boolean
  /** Past this size of the file writes are refused. */
  readonly maxBytes: number
  readonly durability: Durability
  /** What that file has goes to the disk before what this one has. */
  readonly flushedAfter?: Pick<Environment<string>, 'flush'>
}

export interface TableStats {
  readonly name: string
  readonly entries: number
  /** Of the pages that hold the table. */
  readonly bytes: number
}

/** Address space that the file is mapped to; LMDB maps more when the file outgrows it. */
const MAP_BYTES = 64 * 2 ** 30

/** lmdb's `TransactionFlags`: abortable, committed on return, not waiting for the disk. */
const TRANSACTION_FLAGS = 0x1 | 0x2 | 0x10000

/** With `os`, how much later than its commit a write goes to the disk at most. */
const FLUSH_DELAY_MS = 200

/** What lmdb has but does not declare. */
interface UndeclaredMethods {
  /** Writes all that is committed to the disk, on a thread of its own. */
  sync(callback: (error: Error | null | undefined) => void): void
}

interface PageStats {
  readonly pageSize: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
  readonly entryCount: number
}

export class Environment<Name extends string> {
  readonly tables: Readonly<Record<Name, Table>>
  readonly #env: RootDatabase<Uint8Array, Uint8Array> & UndeclaredMethods
  readonly #options: EnvironmentOptions<Name>
  #isWriting = false
  /** How many snapshots are being read, one inside the other. */
  #snapshotDepth = 0
  /** The write to the disk that is under way, and the one that waits behind it. */
  #flushing: Promise<void> | undefined
  #nextFlush: Promise<void> | undefined
  #flushTimer: NodeJS.Timeout | undefined
  #flushError: unknown

  /**
   * @throws StoreCorruptedError when the file is no LMDB file, or lacks a table
   * @throws StoreFailedError when it cannot be opened
   */
  constructor(options: EnvironmentOptions<Name>) {
    this.#options = options
    const { path, readOnly, file, durability } = options
    const env = this.#guarded(() =>
      open<Uint8Array, Uint8Array>({
        path: join(path, file.name),
        readOnly,
        encoding: 'binary',
        keyEncoding: 'binary',
        mapSize: MAP_BYTES,
        maxDbs: Object.keys(file.tables).length + 1,
        noMemInit: true,
        // Each commit else waits until the disk has it, so that it knows which pages may be used again.
        ...(durability === 'none' && { overlappingSync: false, noSync: true }),
      }),
    )
    this.#env = env as typeof env & UndeclaredMethods
    try {
      this.tables = this.#openTables()
    } catch (error) {
      void this.#env.close()
      throw error
    }
  }

  #openTables(): Record<Name, Table> {
    const isWriting = () => this.#isWriting
    const { path, file } = this.#options
    const definitions: [string, TableDefinition][] = Object.entries(file.tables)
    const tables = definitions.map(([key, definition]) => {
      const options = { encoding: 'binary', keyEncoding: 'binary' } as const
      const database = this.#guarded(() => this.#env.openDB(String(definition.id), options))
      if (database === undefined) {
        throw new StoreCorruptedError(`${path} lacks table ${definition.name}: ${MEND}`)
      }
      return [key, new Table({ database, definition, path, isWriting })]
    })
    return Object.fromEntries(tables) as Record<Name, Table>
  }

  /**
   * Runs `work` as one LMDB transaction: all its writes are stored, or, if it throws, none. When this
   * returns they are with the operating system.
   * @throws StoreFullError
   * @throws StoreCorruptedError
   */
  transact<T>(work: () => T): T {
    assert(!this.#isWriting, 'a transaction does not contain another')
    if (this.#flushError !== undefined) throw this.#flushError
    this.#refuseWhenFull()
    this.#isWriting = true
    try {
      const result = this.#guarded(() => this.#env.transactionSync(work, TRANSACTION_FLAGS))
      if (this.#options.durability === 'os') this.#scheduleFlush()
      return result
    } finally {
      this.#isWriting = false
    }
  }

  #refuseWhenFull(): void {
    const { maxBytes, path } = this.#options
    if (this.fileBytes() <= maxBytes) return
    throw new StoreFullError(`${path} has reached its limit of ${maxBytes} bytes: raise it`)
  }

  /**
   * Runs `read` on one snapshot of the store and lets go of it, so that its pages can be used again.
   * One inside another, or inside a transaction, reads what that reads.
   */
  snapshot<T>(read: () => T): T {
    this.#snapshotDepth++
    try {
      return this.#guarded(read)
    } finally {
      if (--this.#snapshotDepth === 0 && !this.#isWriting) this.#env.resetReadTxn()
    }
  }

  /** Resolves when all transactions before it are as safe as the durability promises. */
  async settled(): Promise<void> {
    if (this.#options.durability === 'disk') await this.flush()
  }

  /** Resolves when all transactions before it are on the disk. */
  flush(): Promise<void> {
    if (this.#flushing === undefined) {
      this.#flushing = this.#sync().finally(() => {
        this.#flushing = undefined
      })
      return this.#flushing
    }
    // The one under way may have begun before the newest transaction; all later callers share one.
    this.#nextFlush ??= this.#flushing.then(
      () => this.#startNextFlush(),
      () => this.#startNextFlush(),
    )
    return this.#nextFlush
  }

  #startNextFlush(): Promise<void> {
    this.#nextFlush = undefined
    return this.flush()
  }

  /** Resolves when no write to the disk is under way. */
  async flushEnded(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing
  }

  async #sync(): Promise<void> {
    await this.#options.flushedAfter?.flush()
    await new Promise<void>((resolve, reject) => {
      this.#env.sync((error) => {
        if (!error) return resolve()
        // What the disk has is unknown from here on: nothing more is acknowledged.
        this.#flushError = storeErrorOf(error, this.#options.path)
        reject(this.#flushError)
      })
    })
  }

  #scheduleFlush(): void {
    if (this.#flushTimer !== undefined) return
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = undefined
      // A failure is remembered and thrown by the next transaction.
      this.flush().catch(() => {})
    }, FLUSH_DELAY_MS)
    this.#flushTimer.unref()
  }

  /** Bytes of the file. It grows as needed and never shrinks: freed pages are used again. */
  fileBytes(): number {
    const stats = this.#env.getStats() as { lastPageNumber: number; pageSize: number }
    return (stats.lastPageNumber + 1) * stats.pageSize
  }

  tableStats(): TableStats[] {
    return this.snapshot(() =>
      Object.values<Table>(this.tables).map((table) => {
        const stats = table.stats() as PageStats
        const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages
        return { name: table.name, entries: stats.entryCount, bytes: pages * stats.pageSize }
      }),
    )
  }

  /** Writes everything to the disk and closes; a reader only lets go of its snapshot. */
  async close(): Promise<void> {
    clearTimeout(this.#flushTimer)
    const { readOnly, durability } = this.#options
    if (!readOnly && durability !== 'none') await this.flush()
    await this.#env.close()
  }

  #guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw storeErrorOf(error, this.#options.path)
    }
  }
}
