/** The options of commands that work in a data folder. */

import { DEFAULT_STATE_CACHE_BYTES } from '@shredcast/shared/engine/state-cache'
import { STATE_ARENA_BYTES } from '@shredcast/shared/layout/memory-map'
import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import type { Durability } from '@shredcast/shared/store/environment'
import { Option } from 'commander'
import { integerOption } from './command.ts'

export const BYTES_PER_MIB = 2 ** 20

/** The state arena also takes what a block touches. */
const STATE_CACHE_MIB_MAX = STATE_ARENA_BYTES / BYTES_PER_MIB / 2

/** What such a command was told of its folder. */
export interface DatadirOptions {
  /** Without it the folder is a temporary one. */
  readonly datadir?: string
  readonly durability: Durability
  /** MiB of each of the store's files. */
  readonly maxStore?: number
  /** MiB of the state in memory. */
  readonly stateCache: number
  /** Blocks whose states can be read. */
  readonly keepStates?: number
}

/** `survivor`: what it is a question of. */
export function durabilityOption(survivor: string): Option {
  const text = `${survivor}: the end of the process, or a power cut as well`
  return new Option('--durability <level>', text)
    .choices(['os', 'disk'] satisfies Durability[])
    .default('os' satisfies Durability)
}

/** `otherwise`: another default than that of a chain that goes on. */
export function keepStatesOption(otherwise = ''): Option {
  const text = `blocks whose states can be read (default: ${DEFAULT_RETENTION.blocks}${otherwise})`
  return new Option('--keep-states <n>', text).argParser(integerOption(1))
}

export function maxStoreOption(): Option {
  return new Option(
    '--max-store <MiB>',
    'size of the store past which nothing is written (default: 1 TiB)',
  ).argParser(integerOption(1, 2 ** 30))
}

export function stateCacheOption(): Option {
  return new Option('--state-cache <MiB>', 'state that stays in memory from block to block')
    .argParser(integerOption(0, STATE_CACHE_MIB_MAX))
    .default(DEFAULT_STATE_CACHE_BYTES / BYTES_PER_MIB)
}
