/**
 * Keeps a second process out of a data folder. LMDB's own table of readers says who is there: an
 * entry belongs to a process as long as the kernel holds its lock on a byte of the file, so one that
 * was killed leaves nothing behind. It is held by a small environment of its own, because a reader of
 * the chain's file would keep old pages from being used again.
 */

import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { BaseError } from '../primitives/base-error.ts'
import { storeErrorOf } from './store-error.ts'

export class DatadirLockedError extends BaseError {
  override readonly name = 'Store.DatadirLockedError'
  readonly pid: number

  constructor(path: string, pid: number) {
    const who = pid === process.pid ? 'this process' : `process ${pid}`
    super(`${path} is in use by ${who}: stop it, or take another folder`)
    this.pid = pid
  }
}

export interface DatadirLock {
  release(): Promise<void>
}

/** Folders that this process holds: LMDB would not tell two holders of one process apart. */
const held = new Set<string>()

/**
 * Of two processes that try at the same moment, one or none gets the folder.
 * @throws DatadirLockedError
 */
export async function lockDatadir(path: string): Promise<DatadirLock> {
  const folder = realpathSync(path)
  if (held.has(folder)) throw new DatadirLockedError(path, process.pid)
  const environment = openEnvironment(folder, path)
  const reader = environment.useReadTransaction()
  const release = async () => {
    held.delete(folder)
    reader.done()
    await environment.close()
  }
  held.add(folder)
  // Entered first, then looked: of two that enter at once, each sees the other.
  environment.readerCheck()
  const other = readerPids(environment.readerList()).find((pid) => pid !== process.pid)
  if (other === undefined) return { release }
  await release()
  throw new DatadirLockedError(path, other)
}

function openEnvironment(folder: string, path: string) {
  try {
    return open({ path: join(folder, 'in-use.mdb'), maxDbs: 1, encoding: 'binary' })
  } catch (error) {
    throw storeErrorOf(error, path)
  }
}

/** LMDB prints a line of titles, then a line for each reader, which starts with its process. */
function readerPids(list: string): number[] {
  return list.split('\n').flatMap((line) => {
    const pid = Number.parseInt(line, 10)
    return Number.isNaN(pid) ? [] : [pid]
  })
}
