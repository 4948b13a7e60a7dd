/** The data folder that the command line asks for, and what it says about it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import type { Durability } from '@shredcast/shared/store/environment'
import type { StoreOptions } from '@shredcast/shared/store/store'

const BYTES_PER_MIB = 2 ** 20

/** What a command line says of its data folder. */
export interface DatadirOptions {
  readonly durability: Durability
  /** MiB of the store's file. */
  readonly maxStore?: number
  /** Blocks whose states can be read. */
  readonly keepStates: number
  /** Messages of the stream that are kept. */
  readonly keepMessages: number
}

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

export function storeOptions(path: string, { durability, maxStore }: DatadirOptions): StoreOptions {
  return { path, durability, ...(maxStore !== undefined && { maxBytes: maxStore * BYTES_PER_MIB }) }
}

export function retentionOf({ keepStates, keepMessages }: DatadirOptions): Retention {
  return { blocks: keepStates, log: { ...DEFAULT_RETENTION.log, maxMessages: keepMessages } }
}
