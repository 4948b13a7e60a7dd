/**
 * Difficulty of proof of work, from the parent's: Yellow Paper 4.3.4 with EIP-2 (Homestead), EIP-100
 * (Byzantium), and the forks that delay the bomb (EIP-649, 1234, 2384, 3554, 4345, 5133).
 */

import { equalBytes } from '../../primitives/bytes.ts'
import { EMPTY_LIST_HASH } from '../../primitives/keccak.ts'
import type { ChainConfig } from '../chain-config.ts'
import { hardforkAt } from '../chain-config.ts'
import type { Hardfork } from '../hardforks.ts'
import { isAtLeast } from '../hardforks.ts'
import type { Header } from '../header.ts'

export type DifficultyParent = Pick<Header, 'difficulty' | 'number' | 'timestamp' | 'ommersHash'>

const MIN_DIFFICULTY = 131_072n
/** The parent's difficulty changes by multiples of this part of it. */
const BOUND_DIVISOR = 2048n
const LOWEST_FACTOR = -99n
/** Seconds that a Frontier block may take without lowering the difficulty. */
const FRONTIER_DURATION = 13n
const BOMB_PERIOD = 100_000n

/** Blocks that a fork makes the bomb forget; Berlin came after Muir Glacier. */
const DELAY_OF_FORK: readonly (readonly [Hardfork, bigint])[] = [
  ['london', 9_700_000n],
  ['berlin', 9_000_000n],
  ['constantinople', 5_000_000n],
  ['byzantium', 3_000_000n],
]

/** Difficulty of the block after `parent`, mined at `timestamp`, before Paris. */
export function nextDifficulty(
  parent: DifficultyParent,
  timestamp: bigint,
  config: ChainConfig,
): bigint {
  const number = parent.number + 1n
  const fork = hardforkAt(config, number, timestamp)
  const step = (parent.difficulty / BOUND_DIVISOR) * factor(parent, timestamp, fork)
  const difficulty = atLeast(MIN_DIFFICULTY, parent.difficulty + step)
  return difficulty + bomb(number, bombDelay(config, number, fork))
}

/** How many steps the difficulty goes up, or down. */
function factor(parent: DifficultyParent, timestamp: bigint, fork: Hardfork): bigint {
  const duration = timestamp - parent.timestamp
  if (!isAtLeast(fork, 'homestead')) return duration < FRONTIER_DURATION ? 1n : -1n
  if (!isAtLeast(fork, 'byzantium')) return atLeast(LOWEST_FACTOR, 1n - duration / 10n)
  const base = equalBytes(parent.ommersHash, EMPTY_LIST_HASH) ? 1n : 2n
  return atLeast(LOWEST_FACTOR, base - duration / 9n)
}

function bombDelay(config: ChainConfig, number: bigint, fork: Hardfork): bigint {
  const ofFork = DELAY_OF_FORK.find(([first]) => isAtLeast(fork, first))?.[1] ?? 0n
  const ofGlacier = config.bombDelays?.findLast(({ block }) => block <= number)?.delay ?? 0n
  return atLeast(ofFork, ofGlacier)
}

/** Doubles every 100,000 blocks. */
function bomb(number: bigint, delay: bigint): bigint {
  const period = atLeast(0n, number - delay) / BOMB_PERIOD
  return period > 1n ? 2n ** (period - 2n) : 0n
}

function atLeast(least: bigint, value: bigint): bigint {
  return value < least ? least : value
}
