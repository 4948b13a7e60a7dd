import { describe, expect, it } from 'vitest'
import { blobParametersAt, configBehind, hardforkAt } from './chain-config.ts'
import { InvalidTestFileError } from './test-format.ts'
import { configOfNetwork } from './test-network.ts'

const BLOBS = { target: '0x0a', max: '0x0f', baseFeeUpdateFraction: '0x7f5a51' }

/** Forks at these blocks and times. */
function forksOf(network: string, ...places: [block: bigint, time: bigint][]) {
  const config = configOfNetwork(network)
  return places.map(([block, time]) => config && hardforkAt(config, block, time))
}

describe('a network of a test', () => {
  it.each([
    ['Frontier', 'frontier'],
    ['EIP150', 'tangerineWhistle'],
    ['ConstantinopleFix', 'petersburg'],
    ['MuirGlacier', 'istanbul'],
    ['GrayGlacier', 'london'],
    ['Merge', 'paris'],
    ['Osaka', 'osaka'],
  ])('%s has one fork, %s', (network, fork) => {
    expect(forksOf(network, [0n, 0n], [99n, 10n ** 9n])).toEqual([fork, fork])
  })

  it('changes its fork at a block', () => {
    expect(forksOf('EIP158ToByzantiumAt5', [4n, 9n], [5n, 9n])).toEqual([
      'spuriousDragon',
      'byzantium',
    ])
  })

  it('changes its fork at a time', () => {
    expect(forksOf('CancunToPragueAtTime15k', [9n, 14_999n], [9n, 15_000n])).toEqual([
      'cancun',
      'prague',
    ])
  })

  it('changes its blobs with its fork', () => {
    const config = configOfNetwork('CancunToPragueAtTime15k')!
    expect(blobParametersAt(config, 14_999n)).toMatchObject({ target: 3, max: 6 })
    expect(blobParametersAt(config, 15_000n)).toMatchObject({ target: 6, max: 9 })
  })

  it('changes its blobs alone', () => {
    const config = configOfNetwork('OsakaToBPO1AtTime15k', { blobSchedule: { BPO1: BLOBS } })!
    expect(blobParametersAt(config, 14_999n)).toMatchObject({ target: 6, max: 9 })
    expect(blobParametersAt(config, 15_000n)).toMatchObject({ target: 10, max: 15 })
    expect(hardforkAt(config, 1n, 15_000n)).toBe('osaka')
  })

  it('needs the parameters of a fork that only changes them', () => {
    expect(() => configOfNetwork('OsakaToBPO1AtTime15k')).toThrow(InvalidTestFileError)
  })

  it('has the DAO fork beside its rules', () => {
    const config = configOfNetwork('HomesteadToDaoAt5')!
    expect(config.daoForkBlock).toBe(5n)
    expect(hardforkAt(config, 9n, 0n)).toBe('homestead')
  })

  it('merges when its total difficulty is reached', () => {
    const config = configOfNetwork('ArrowGlacierToParisAtDiffC0000')!
    expect(hardforkAt(configBehind(config, 0xbffffn), 9n, 9n)).toBe('london')
    expect(hardforkAt(configBehind(config, 0xc0000n), 9n, 9n)).toBe('paris')
  })

  it.each(['Amsterdam', 'BPO2ToAmsterdamAtTime15k', 'Nowhere'])('%s is not known', (network) => {
    const schedule = { blobSchedule: { BPO2: BLOBS } }
    expect(configOfNetwork(network, schedule)).toBeUndefined()
  })

  it('has the chain id that the test gives, else 1', () => {
    expect(configOfNetwork('Osaka', { chainid: '0x05' })?.chainId).toBe(5n)
    expect(configOfNetwork('Osaka')?.chainId).toBe(1n)
  })
})
