/** The genesis file that a command is given. */

import { readFile } from 'node:fs/promises'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { genesisFromJson } from '@shredcast/shared/chain/genesis'
import { BaseError } from '@shredcast/shared/primitives/base-error'

/** The file cannot be read as a genesis. */
export class GenesisFileError extends BaseError {
  override readonly name = 'Leader.GenesisFileError'
}

/** @throws GenesisFileError */
export async function readGenesis(file: string): Promise<Genesis> {
  try {
    return genesisFromJson(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const details = cause instanceof Error ? cause.message : String(cause)
    throw new GenesisFileError(`${file} is no genesis file`, { details, cause })
  }
}
