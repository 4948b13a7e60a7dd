/** The seed of the leader's signing key in its data folder, so that a restart signs as before. */

import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'

/** The folder's key file is there, but cannot be used. */
export class SigningKeyFileError extends BaseError {
  override readonly name = 'Leader.SigningKeyFileError'
}

const FILE = 'signing-key'
const SEED_BYTES = 32

/** For its owner alone. */
const FILE_MODE = 0o600

/**
 * Seed of 32 bytes; made when the folder, which is the caller's alone, has none.
 * @throws SigningKeyFileError
 */
export function readSigningSeed(datadir: string): Uint8Array {
  const path = join(datadir, FILE)
  const text = readIfPresent(path)
  if (text === undefined) return makeSeed(path)
  const digits = text.trim()
  if (!/^0x[\da-f]{64}$/.test(digits)) {
    throw new SigningKeyFileError(
      `${path} holds no key of ${SEED_BYTES} bytes in hex: put a copy in its place, or remove it ` +
        'for a new key, which subscribers will not know',
    )
  }
  return hexToBytes(digits)
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const details = cause instanceof Error ? cause.message : String(cause)
    throw new SigningKeyFileError(`${path} cannot be read`, { details, cause })
  }
}

/** Under another name until it is whole and on the disk. */
function makeSeed(path: string): Uint8Array {
  const seed = new Uint8Array(randomBytes(SEED_BYTES))
  const draft = `${path}.new`
  const file = openSync(draft, 'w', FILE_MODE)
  try {
    writeSync(file, `${bytesToHex(seed)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  return seed
}
