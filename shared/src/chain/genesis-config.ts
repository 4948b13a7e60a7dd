/**
 * The `config` section of a geth genesis file as a `ChainConfig`. Rules follow geth's
 * `params.ChainConfig`: a fork that is not listed is never active, and forks come in order. A fork that
 * is not implemented is an error.
 */

import { BaseError } from '../primitives/base-error.ts'
import type {
  BlobParameters,
  BlobScheduleEntry,
  BombDelay,
  ChainConfig,
  ForkActivation,
} from './chain-config.ts'
import {
  ARROW_GLACIER_DELAY,
  CANCUN_BLOBS,
  GRAY_GLACIER_DELAY,
  MUIR_GLACIER_DELAY,
  PRAGUE_BLOBS,
} from './chain-config.ts'
import type { Hardfork } from './hardforks.ts'
import type { JsonObject } from './json-fields.ts'
import {
  isAbsent,
  jsonBytes,
  jsonObject,
  jsonOptionalQuantity,
  jsonQuantity,
} from './json-fields.ts'

export class InvalidGenesisError extends BaseError {
  override readonly name = 'Chain.InvalidGenesisError'
}

const BLOCK_FORKS: readonly (readonly [Hardfork, string])[] = [
  ['homestead', 'homesteadBlock'],
  ['tangerineWhistle', 'eip150Block'],
  ['spuriousDragon', 'eip158Block'],
  ['byzantium', 'byzantiumBlock'],
  ['constantinople', 'constantinopleBlock'],
  ['petersburg', 'petersburgBlock'],
  ['istanbul', 'istanbulBlock'],
  ['berlin', 'berlinBlock'],
  ['london', 'londonBlock'],
]

const TIME_FORKS: readonly (readonly [Hardfork, string])[] = [
  ['shanghai', 'shanghaiTime'],
  ['cancun', 'cancunTime'],
  ['prague', 'pragueTime'],
  ['osaka', 'osakaTime'],
]

/** They only delay the difficulty bomb. */
const GLACIERS = [
  ['muirGlacierBlock', MUIR_GLACIER_DELAY],
  ['arrowGlacierBlock', ARROW_GLACIER_DELAY],
  ['grayGlacierBlock', GRAY_GLACIER_DELAY],
] as const

const BLOB_FORKS = ['cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'bpo3', 'bpo4', 'bpo5']

const UNSUPPORTED_KEYS = ['amsterdamTime', 'verkleTime', 'clique']

/**
 * `genesisDifficulty` tells whether the genesis block itself reaches the terminal difficulty.
 * @throws InvalidGenesisError
 * @throws InvalidJsonFieldError
 */
export function chainConfigFromJson(json: JsonObject, genesisDifficulty: bigint): ChainConfig {
  const unsupported = UNSUPPORTED_KEYS.find((key) => !isAbsent(json[key]))
  if (unsupported !== undefined) {
    throw new InvalidGenesisError(`genesis config: ${unsupported} is not supported`)
  }
  const terminalTotalDifficulty = jsonOptionalQuantity(json, 'terminalTotalDifficulty')
  const daoForkBlock =
    json.daoForkSupport === true ? jsonOptionalQuantity(json, 'daoForkBlock') : undefined
  return {
    chainId: jsonQuantity(json, 'chainId'),
    forks: [
      { fork: 'frontier', block: 0n },
      ...blockForks(json),
      ...parisFork(json, genesisDifficulty),
      ...timeForks(json),
    ],
    bombDelays: bombDelays(json),
    blobSchedule: blobSchedule(json),
    ...(daoForkBlock !== undefined && { daoForkBlock }),
    ...(terminalTotalDifficulty !== undefined && { terminalTotalDifficulty }),
    ...(!isAbsent(json.depositContractAddress) && {
      depositContract: jsonBytes(json, 'depositContractAddress', 20),
    }),
  }
}

function blockForks(json: JsonObject): ForkActivation[] {
  const blockOf = (key: string) => jsonOptionalQuantity(json, key)
  const replayProtection = blockOf('eip155Block')
  if (replayProtection !== undefined && replayProtection !== blockOf('eip158Block')) {
    throw new InvalidGenesisError('genesis config: eip155Block and eip158Block must be the same')
  }
  const activations = BLOCK_FORKS.map(([fork, key]) => {
    // Constantinople was never live without the fork that took EIP-1283 back.
    const fallback = fork === 'petersburg' ? blockOf('constantinopleBlock') : undefined
    return { fork, key, at: blockOf(key) ?? fallback }
  })
  return inOrder(activations).map(({ fork, at }) => ({ fork, block: at }))
}

function bombDelays(json: JsonObject): BombDelay[] {
  return GLACIERS.flatMap(([key, delay]) => {
    const block = jsonOptionalQuantity(json, key)
    return block === undefined ? [] : [{ block, delay }]
  })
}

function timeForks(json: JsonObject): ForkActivation[] {
  const activations = TIME_FORKS.map(([fork, key]) => {
    return { fork, key, at: jsonOptionalQuantity(json, key) }
  })
  return inOrder(activations).map(({ fork, at }) => ({ fork, time: at }))
}

interface Activation {
  readonly fork: Hardfork
  readonly key: string
  readonly at: bigint | undefined
}

/** The activations that have a place; none may be missing below one, nor come after it. */
function inOrder(activations: readonly Activation[]): (Activation & { readonly at: bigint })[] {
  const active: (Activation & { readonly at: bigint })[] = []
  let missing: string | undefined
  for (const { fork, key, at } of activations) {
    if (at === undefined) {
      missing ??= key
      continue
    }
    if (missing !== undefined) {
      throw new InvalidGenesisError(`genesis config: ${key} is set, but ${missing} is not`)
    }
    const before = active.at(-1)
    if (before !== undefined && before.at > at) {
      throw new InvalidGenesisError(`genesis config: ${key} ${at} is before ${before.key}`)
    }
    active.push({ fork, key, at })
  }
  return active
}

/** Paris by number, where the file lets that be known before any block was imported. */
function parisFork(json: JsonObject, genesisDifficulty: bigint): ForkActivation[] {
  const block = parisBlock(json, genesisDifficulty)
  return block === undefined ? [] : [{ fork: 'paris', block }]
}

function parisBlock(json: JsonObject, genesisDifficulty: bigint): bigint | undefined {
  const netsplitBlock = jsonOptionalQuantity(json, 'mergeNetsplitBlock')
  if (netsplitBlock !== undefined) return netsplitBlock
  const terminal = jsonOptionalQuantity(json, 'terminalTotalDifficulty')
  if (terminal === 0n || json.terminalTotalDifficultyPassed === true) return 0n
  if (terminal === undefined) return isAbsent(json.shanghaiTime) ? undefined : 0n
  // The genesis block is then the last one with a difficulty.
  return terminal <= genesisDifficulty ? 1n : undefined
}

function blobSchedule(json: JsonObject): BlobScheduleEntry[] {
  const listed = isAbsent(json.blobSchedule) ? {} : jsonObject(json.blobSchedule, 'blobSchedule')
  const entries: BlobScheduleEntry[] = []
  for (const fork of BLOB_FORKS) {
    const time = jsonOptionalQuantity(json, `${fork}Time`)
    if (time === undefined) continue
    const before = entries.at(-1)
    if (before !== undefined && before.time > time) {
      throw new InvalidGenesisError(`genesis config: ${fork}Time ${time} is before ${before.time}`)
    }
    entries.push({ time, ...blobParameters(listed[fork], fork) })
  }
  return entries
}

/** Mainnet's parameters stand in where a file older than EIP-7840 lists none. */
const DEFAULT_BLOBS: Readonly<Record<string, BlobParameters>> = {
  cancun: CANCUN_BLOBS,
  prague: PRAGUE_BLOBS,
  osaka: PRAGUE_BLOBS,
}

function blobParameters(listed: unknown, fork: string): BlobParameters {
  if (isAbsent(listed)) {
    const fallback = DEFAULT_BLOBS[fork]
    if (fallback === undefined) {
      throw new InvalidGenesisError(`genesis config: blobSchedule has no ${fork}`)
    }
    return fallback
  }
  const entry = jsonObject(listed, `blobSchedule.${fork}`)
  return {
    target: Number(jsonQuantity(entry, 'target')),
    max: Number(jsonQuantity(entry, 'max')),
    baseFeeUpdateFraction: jsonQuantity(entry, 'baseFeeUpdateFraction'),
  }
}
