import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isGasLimitInBounds, MAX_GAS_LIMIT, nextGasLimit } from './gas-limit.ts'
import { parentOf } from './header-samples.ts'

const gasLimit = fc.bigInt({ min: 5000n, max: MAX_GAS_LIMIT / 4n })

describe('the next gas limit', () => {
  it('is in bounds, and nearer to what is wanted than the parent’s', () => {
    fc.assert(
      fc.property(gasLimit, gasLimit, (before, wanted) => {
        const parent = { ...parentOf('london'), gasLimit: before }
        const next = nextGasLimit(parent, wanted, true)
        expect(isGasLimitInBounds(next, parent, true)).toBe(true)
        const [low, high] = before < wanted ? [before, wanted] : [wanted, before]
        expect(next >= low && next <= high).toBe(true)
      }),
    )
  })

  it('goes up and down by a little less than a 1024th', () => {
    const parent = { ...parentOf('london'), gasLimit: 1_024_000n }
    expect(nextGasLimit(parent, 2_000_000n, true)).toBe(1_024_999n)
    expect(nextGasLimit(parent, 0n, true)).toBe(1_023_001n)
    expect(nextGasLimit(parent, 1_024_100n, true)).toBe(1_024_100n)
  })

  it('starts from twice the parent’s in the first block of London', () => {
    const parent = { ...parentOf('berlin'), gasLimit: 1_024_000n }
    expect(nextGasLimit(parent, 1_024_000n, true)).toBe(2_046_001n)
    expect(nextGasLimit(parent, 1_024_000n, false)).toBe(1_024_000n)
  })
})
