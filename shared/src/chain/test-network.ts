/**
 * Chain configurations by the names that block tests and difficulty tests give them: `Berlin`, or two
 * of them with where the second begins, as in `BerlinToLondonAt5`, `PragueToOsakaAtTime15k` and
 * `ArrowGlacierToParisAtDiffC0000`.
 */

import type { ChainConfig } from './chain-config.ts'
import {
  ARROW_GLACIER_DELAY,
  GRAY_GLACIER_DELAY,
  MAINNET,
  MUIR_GLACIER_DELAY,
} from './chain-config.ts'
import type { Hardfork } from './hardforks.ts'
import { isAtLeast } from './hardforks.ts'
import type { TestConfigJson } from './test-format.ts'
import { FORK_OF_NAME, numberOf, testBlobs } from './test-format.ts'

const TRANSITION = /^(\w+?)To(\w+?)At(Time|Diff)?(\w+)$/
const SECONDS_PER_K = 1000n

/** Forks that change nothing but the bomb, by the fork whose rules they have besides. */
const GLACIERS: Readonly<Record<string, { fork: Hardfork; delay: bigint }>> = {
  EIP2384: { fork: 'istanbul', delay: MUIR_GLACIER_DELAY },
  MuirGlacier: { fork: 'istanbul', delay: MUIR_GLACIER_DELAY },
  ArrowGlacier: { fork: 'london', delay: ARROW_GLACIER_DELAY },
  GrayGlacier: { fork: 'london', delay: GRAY_GLACIER_DELAY },
}

/** Blob-parameter-only forks (EIP-7892); their other rules are Osaka's. */
const BLOB_FORK = /^BPO\d+$/

/** Where a fork begins. */
type Start =
  | { readonly block: bigint }
  | { readonly time: bigint }
  | { readonly difficulty: bigint }

/** `json` is the test's `config`, if it has one. Undefined: the name has a fork that is not known. */
export function configOfNetwork(network: string, json?: TestConfigJson): ChainConfig | undefined {
  const [, from, to, unit, place] = TRANSITION.exec(network) ?? [undefined, network]
  const parts = [partOf(from as string, { block: 0n }, json)]
  if (to !== undefined) parts.push(partOf(to, startOf(unit, place as string), json))
  return parts.every((part) => part !== undefined)
    ? merged(parts, numberOf(json?.chainid ?? '0x1'))
    : undefined
}

function startOf(unit: string | undefined, place: string): Start {
  if (unit === 'Diff') return { difficulty: BigInt(`0x${place}`) }
  if (unit === undefined) return { block: BigInt(place) }
  return { time: BigInt(place.replace(/k$/, '')) * SECONDS_PER_K }
}

/** What one of the names adds to a configuration. */
type Part = Partial<Omit<ChainConfig, 'chainId'>>

function partOf(name: string, start: Start, json: TestConfigJson | undefined): Part | undefined {
  if (name === 'Dao' && 'block' in start) return { daoForkBlock: start.block }
  const glacier = GLACIERS[name]
  const fork = BLOB_FORK.test(name) ? 'osaka' : (FORK_OF_NAME[name] ?? glacier?.fork)
  if (fork === undefined) return undefined
  if ('difficulty' in start) return { terminalTotalDifficulty: start.difficulty }
  const time = 'time' in start ? start.time : 0n
  return {
    forks: [{ fork, ...start }],
    ...(glacier !== undefined && { bombDelays: [{ block: 0n, delay: glacier.delay }] }),
    ...(isAtLeast(fork, 'cancun') && { blobSchedule: [{ time, ...testBlobs(name, json) }] }),
  }
}

function merged(parts: readonly Part[], chainId: bigint): ChainConfig {
  const depositContract = MAINNET.depositContract as Uint8Array
  return {
    ...Object.assign({}, ...parts),
    chainId,
    depositContract,
    forks: parts.flatMap(({ forks = [] }) => forks),
    blobSchedule: parts.flatMap(({ blobSchedule = [] }) => blobSchedule),
  }
}
