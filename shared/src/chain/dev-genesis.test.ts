import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../primitives/bytes.ts'
import { hardforkAt } from './chain-config.ts'
import { DEV_ADDRESSES, devGenesis } from './dev-genesis.ts'

describe('the development chain', () => {
  it('is at the newest fork from its first block', () => {
    const { config } = devGenesis()
    expect(hardforkAt(config, 0n, 0n)).toBe('osaka')
    expect(config.chainId).toBe(31337n)
  })

  it('has the funded accounts, and the system contracts with their code', () => {
    const accounts = devGenesis().alloc
    const funded = accounts.filter(({ balance }) => balance > 0n)
    expect(funded.map(({ address }) => bytesToHex(address))).toEqual(DEV_ADDRESSES)
    const withCode = accounts.filter(({ code }) => code.length > 0)
    expect(withCode.map(({ address, code }) => [bytesToHex(address), code.length])).toEqual([
      ['0x000f3df6d732807ef1319fb7b8bb8522d0beac02', 97],
      ['0x0000f90827f1c53a10cb7a02335b175320002935', 83],
      ['0x00000961ef480eb55e80d19ad83579a64c007002', 504],
      ['0x0000bbddc7ce488642fb579f8b00f3a590007251', 414],
    ])
    expect(accounts).toHaveLength(14)
  })
})
