/** What can go wrong with the folder's file, and how LMDB says so. */

import { BaseError } from '../primitives/base-error.ts'

/** No room: the disk is full, or the file has reached its limit. Nothing of the write is stored. */
export class StoreFullError extends BaseError {
  override readonly name = 'Store.StoreFullError'
}

/** The file does not hold what was written to it: a failing disk, or a foreign hand. */
export class StoreCorruptedError extends BaseError {
  override readonly name = 'Store.StoreCorruptedError'
}

/** LMDB refused for any other reason, such as a disk that cannot be read. */
export class StoreFailedError extends BaseError {
  override readonly name = 'Store.StoreFailedError'
}

/** EIO, which LMDB makes of a write that was cut short, EFBIG, ENOSPC, EDQUOT, MDB_MAP_FULL. */
const FULL_CODES: ReadonlySet<number> = new Set([5, 27, 28, 122, -30792])

/**
 * MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_PANIC, MDB_VERSION_MISMATCH, MDB_INVALID, MDB_CURSOR_FULL (a
 * tree deeper than any can be), MDB_INCOMPATIBLE, MDB_BAD_TXN (after one of these), MDB_PROBLEM,
 * MDB_BAD_CHECKSUM.
 */
const CORRUPTED_CODES: ReadonlySet<number> = new Set([
  ...[-30797, -30796, -30795, -30794, -30793, -30787, -30784, -30782, -30779, -30778],
])

/** What lmdb itself says, without a code, when a page gives a key more bytes than any has. */
const IMPOSSIBLE_KEY = /^Invalid key size/

/** The store's error for one that LMDB threw; errors of our own pass as they are. */
export function storeErrorOf(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof BaseError) return error
  const { code } = error as { code?: unknown }
  const options = { details: error.message, cause: error }
  const isDamaged = IMPOSSIBLE_KEY.test(error.message) || CORRUPTED_CODES.has(Number(code))
  if (!isDamaged && typeof code !== 'number') return error
  if (FULL_CODES.has(Number(code))) {
    return new StoreFullError(
      `no room for ${path}: free space on its disk and start again`,
      options,
    )
  }
  if (isDamaged) {
    return new StoreCorruptedError(`${path} is damaged: ${MEND}`, options)
  }
  return new StoreFailedError(`${path} cannot be used (error ${code})`, options)
}

/** The error that another thread told by its name; undefined when it is none of the store's. */
export function storeErrorNamed(
  name: string,
  message: string,
  options: { details?: string },
): BaseError | undefined {
  const classes = [StoreFullError, StoreCorruptedError, StoreFailedError]
  const errors = classes.map((StoreError) => new StoreError(message, options))
  return errors.find((error) => error.name === name)
}

export const MEND = 'put a copy in its place, or make a new folder and import the chain again'
