import { Mainnet } from '@ethereumjs/common'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../primitives/bytes.ts'
import type { ChainConfig } from './chain-config.ts'
import { blobParametersAt, configBehind, hardforkAt, MAINNET } from './chain-config.ts'
import { HARDFORKS, isAtLeast } from './hardforks.ts'

describe('MAINNET', () => {
  /** Names that differ between the two lists; the rest agree. */
  const nameOf = (fork: string) => (fork === 'frontier' ? 'chainstart' : fork)
  const known = new Map(Mainnet.hardforks.map((fork) => [fork.name as string, fork]))

  it('has every fork, at the place that @ethereumjs/common has it', () => {
    expect(MAINNET.forks.map(({ fork }) => fork)).toEqual(HARDFORKS)
    for (const { fork, block, time } of MAINNET.forks) {
      const expected = known.get(nameOf(fork))
      expect([fork, block?.toString(), time?.toString()]).toEqual([
        fork,
        expected?.block?.toString(),
        expected?.timestamp?.toString(),
      ])
    }
    expect(MAINNET.daoForkBlock).toBe(BigInt(known.get('dao')!.block!))
    expect(bytesToHex(MAINNET.depositContract!)).toBe(Mainnet.depositContractAddress?.toLowerCase())
  })

  it('changes its blob parameters when @ethereumjs/common says so', () => {
    const times = ['cancun', 'prague', 'osaka', 'bpo1', 'bpo2'].map((name) => {
      return BigInt(known.get(name)!.timestamp!)
    })
    expect(MAINNET.blobSchedule.map(({ time }) => time)).toEqual(times)
  })

  it('can be cloned into a worker', () => {
    expect(structuredClone(MAINNET)).toEqual(MAINNET)
  })
})

describe('hardforkAt', () => {
  const PRAGUE_TIME = 1746612311n

  it.each([
    [0n, 0n, 'frontier'],
    [1149999n, 0n, 'frontier'],
    [1150000n, 0n, 'homestead'],
    [1920000n, 0n, 'homestead'],
    [4369999n, 0n, 'spuriousDragon'],
    [7280000n, 0n, 'petersburg'],
    [12964999n, 0n, 'berlin'],
    [15537393n, 0n, 'london'],
    [15537394n, 0n, 'paris'],
    [17034869n, 1681338454n, 'paris'],
    [17034870n, 1681338455n, 'shanghai'],
    [19426587n, 1710338135n, 'cancun'],
    [22431084n, PRAGUE_TIME, 'prague'],
    [23935694n, 1764798551n, 'osaka'],
    [30000000n, 1767747671n, 'osaka'],
  ] as const)('is at mainnet block %s, time %s: %s', (number, timestamp, fork) => {
    expect(hardforkAt(MAINNET, number, timestamp)).toBe(fork)
  })

  it('takes the newest of forks that begin together', () => {
    const config: ChainConfig = {
      chainId: 7n,
      forks: HARDFORKS.slice(0, 13).map((fork) => ({ fork, block: 0n })),
      blobSchedule: [],
    }
    expect(hardforkAt(config, 0n, 0n)).toBe('cancun')
  })
})

describe('bombDelays', () => {
  it('are at mainnet where @ethereumjs/common has the glaciers', () => {
    const names = ['muirGlacier', 'arrowGlacier', 'grayGlacier']
    const blocks = names.map((name) => String(known(name)))
    expect(MAINNET.bombDelays?.map(({ block }) => String(block))).toEqual(blocks)
  })

  function known(name: string) {
    return Mainnet.hardforks.find((fork) => fork.name === name)?.block
  }
})

describe('configBehind', () => {
  const config: ChainConfig = {
    chainId: 7n,
    forks: [
      { fork: 'london', block: 0n },
      { fork: 'shanghai', time: 50n },
    ],
    blobSchedule: [],
    terminalTotalDifficulty: 1000n,
  }

  it('puts Paris behind the terminal difficulty, below the forks that follow it', () => {
    expect(configBehind(config, 999n)).toBe(config)
    const merged = configBehind(config, 1000n)
    expect(hardforkAt(merged, 3n, 49n)).toBe('paris')
    expect(hardforkAt(merged, 3n, 50n)).toBe('shanghai')
  })

  it('leaves a chain alone whose Paris has a block, or that was never mined', () => {
    expect(configBehind(MAINNET, 10n ** 30n)).toBe(MAINNET)
    const { terminalTotalDifficulty: _, ...unmined } = config
    expect(configBehind(unmined, 10n ** 30n)).toBe(unmined)
  })
})

describe('blobParametersAt', () => {
  it('gives none before Cancun', () => {
    expect(blobParametersAt(MAINNET, 1710338134n)).toBeUndefined()
  })

  it.each([
    [1710338135n, 3, 6, 3338477n],
    [1746612311n, 6, 9, 5007716n],
    [1764798551n, 6, 9, 5007716n],
    [1765290071n, 10, 15, 8346193n],
    [1767747671n, 14, 21, 11684671n],
  ] as const)('gives at time %s target %s and max %s', (time, target, max, fraction) => {
    expect(blobParametersAt(MAINNET, time)).toMatchObject({
      target,
      max,
      baseFeeUpdateFraction: fraction,
    })
  })
})

describe('isAtLeast', () => {
  it('orders forks as the list does', () => {
    expect(isAtLeast('byzantium', 'byzantium')).toBe(true)
    expect(isAtLeast('osaka', 'frontier')).toBe(true)
    expect(isAtLeast('berlin', 'london')).toBe(false)
  })
})
