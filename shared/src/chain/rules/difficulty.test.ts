import { describe, expect, it } from 'vitest'
import { EMPTY_LIST_HASH } from '../../primitives/keccak.ts'
import { MAINNET } from '../chain-config.ts'
import type { Hardfork } from '../hardforks.ts'
import { nextDifficulty } from './difficulty.ts'
import { configOf } from './header-samples.ts'

const STEP = 1000n
const DIFFICULTY = STEP * 2048n
const OMMERS_HASH = new Uint8Array(32).fill(1)

/** Difficulty of a block `seconds` after its parent, without a bomb. */
function after(fork: Hardfork, seconds: bigint, ommersHash = EMPTY_LIST_HASH): bigint {
  const parent = { difficulty: DIFFICULTY, number: 1n, timestamp: 500n, ommersHash }
  return nextDifficulty(parent, 500n + seconds, configOf(fork))
}

describe('the next difficulty', () => {
  it('is that of mainnet’s block 1', () => {
    const genesis = {
      difficulty: 17_179_869_184n,
      number: 0n,
      timestamp: 0n,
      ommersHash: EMPTY_LIST_HASH,
    }
    expect(nextDifficulty(genesis, 1_438_269_988n, MAINNET)).toBe(17_171_480_576n)
  })

  it.each<[Hardfork, bigint, bigint]>([
    ['frontier', 12n, 1n],
    ['frontier', 13n, -1n],
    ['frontier', 9000n, -1n],
    ['homestead', 9n, 1n],
    ['homestead', 10n, 0n],
    ['homestead', 25n, -1n],
    ['homestead', 9000n, -99n],
    ['byzantium', 8n, 1n],
    ['byzantium', 9n, 0n],
    ['byzantium', 9000n, -99n],
  ])('in %s, after %i seconds, moves by %i steps', (fork, seconds, steps) => {
    expect(after(fork, seconds)).toBe(DIFFICULTY + steps * STEP)
  })

  it('moves by one step more from Byzantium on when the parent has ommers', () => {
    expect(after('byzantium', 8n, OMMERS_HASH)).toBe(DIFFICULTY + 2n * STEP)
    expect(after('homestead', 8n, OMMERS_HASH)).toBe(DIFFICULTY + STEP)
  })

  it('is never below the least', () => {
    const parent = {
      difficulty: 131_072n,
      number: 1n,
      timestamp: 0n,
      ommersHash: EMPTY_LIST_HASH,
    }
    expect(nextDifficulty(parent, 10_000n, configOf('homestead'))).toBe(131_072n)
  })

  it.each<[string, bigint, bigint]>([
    ['is not there yet', 199_999n, 0n],
    ['starts at 1', 200_000n, 1n],
    ['doubles each period', 500_000n, 8n],
    ['is delayed by Byzantium', 4_370_000n, 2n ** 11n],
    ['is delayed by Constantinople', 7_280_000n, 2n ** 20n],
    ['goes on behind it', 9_100_000n, 2n ** 39n],
    ['is delayed by Muir Glacier', 9_200_000n, 1n],
    ['is delayed by London', 12_965_000n, 2n ** 30n],
    ['is delayed by Arrow Glacier', 13_773_000n, 2n ** 28n],
    ['is delayed by Gray Glacier', 15_050_000n, 2n ** 34n],
  ])('has a bomb that %s (block %i)', (_, number, bomb) => {
    const parent = {
      difficulty: DIFFICULTY,
      number: number - 1n,
      timestamp: 0n,
      ommersHash: EMPTY_LIST_HASH,
    }
    // Neither rule moves the difficulty by itself: Homestead's at 10 seconds, later ones at 9.
    const isFrontier = number < 1_150_000n
    const base = isFrontier ? DIFFICULTY - STEP : DIFFICULTY
    const seconds = isFrontier ? 13n : 10n
    expect(nextDifficulty(parent, seconds, MAINNET)).toBe(base + bomb)
  })
})
