/** The data folder that the command line asks for, and what it says about it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REVERTED_BLOCKS_MAX } from '@shredcast/shared/chain/block-edits'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import type { StoreOptions } from '@shredcast/shared/store/store'
import type { DatadirOptions } from './datadir-options.ts'
import { BYTES_PER_MIB } from './datadir-options.ts'

export interface Datadir {
  readonly path: string
  /** Removes a temporary folder. */
  release(): void
}

/** Without a path: a new folder among the system's temporary ones, named after the command. */
export function takeDatadir(path: string | undefined, command: string): Datadir {
  if (path !== undefined) return { path, release: () => {} }
  const temporary = mkdtempSync(join(tmpdir(), `shredcast-${command}-`))
  return { path: temporary, release: () => rmSync(temporary, { recursive: true, force: true }) }
}

export function storeOptions(path: string, options: DatadirOptions): StoreOptions {
  const { datadir, maxStore } = options
  const durability = datadir === undefined ? 'none' : options.durability
  return { path, durability, ...(maxStore !== undefined && { maxBytes: maxStore * BYTES_PER_MIB }) }
}

export function stateCacheBytes({ stateCache }: DatadirOptions): number {
  return stateCache * BYTES_PER_MIB
}

interface RetentionOptions extends DatadirOptions {
  readonly keepMessages?: number
}

/** A chain of development keeps the states of all blocks that may be reverted. */
export function retentionOf(options: RetentionOptions, isDevelopment: boolean): Retention {
  const { keepStates, keepMessages = DEFAULT_RETENTION.log.maxMessages } = options
  const blocks =
    keepStates ?? (isDevelopment ? Number(REVERTED_BLOCKS_MAX) : DEFAULT_RETENTION.blocks)
  return { blocks, log: { ...DEFAULT_RETENTION.log, maxMessages: keepMessages } }
}
