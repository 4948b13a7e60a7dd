/** The options that say where a follower's own state comes from. */

import { readFile } from 'node:fs/promises'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { genesisFromJson } from '@shredcast/shared/chain/genesis'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Command } from 'commander'
import type { StateSource } from '../node/follower-options.ts'

export interface SourceArguments {
  readonly dev?: boolean
  readonly genesis?: string
  readonly fixtures?: readonly string[]
}

/** The genesis file cannot be read. */
class GenesisFileError extends BaseError {
  override readonly name = 'Follower.GenesisFileError'
}

export function addSourceOptions(command: Command): Command {
  return command
    .option('--dev', 'own state: the development chain, id 31337 (default)')
    .option('--genesis <file>', 'own state: a genesis file in the format of geth')
    .option('--fixtures <path...>', 'own state: block fixtures of mainnet, files or folders')
}

/**
 * At most one of the options may be given.
 * @throws GenesisFileError, InvalidGenesisError
 */
export async function stateSource(
  { dev, genesis, fixtures }: SourceArguments,
  wrongUsage: (message: string) => never,
): Promise<StateSource> {
  if ([dev, genesis, fixtures].filter(Boolean).length > 1) {
    wrongUsage('choose one of --dev, --genesis and --fixtures')
  }
  if (fixtures !== undefined) return { type: 'fixtures', paths: fixtures }
  if (genesis === undefined) return { type: 'genesis', genesis: devGenesis() }
  return { type: 'genesis', genesis: genesisFromJson(await readJson(genesis)) }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new GenesisFileError(`cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}
