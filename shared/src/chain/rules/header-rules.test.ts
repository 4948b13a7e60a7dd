import { describe, expect, it } from 'vitest'
import { GAS_PER_BLOB } from '../blob-gas.ts'
import type { ChainConfig } from '../chain-config.ts'
import type { Hardfork } from '../hardforks.ts'
import { HARDFORKS } from '../hardforks.ts'
import type { Header } from '../header.ts'
import { validateHeader } from './header-rules.ts'
import { childOf, configOf, parentOf } from './header-samples.ts'
import { InvalidBlockError } from './invalid-block.ts'

function reasonOf(header: Header, parent: Header, config: ChainConfig): string | undefined {
  try {
    validateHeader(header, parent, config)
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    return error.reason
  }
}

/** Why a child with these changes is refused. */
function refusal(fork: Hardfork, changes: Partial<Header>): string | undefined {
  const [config, parent] = [configOf(fork), parentOf(fork)]
  return reasonOf(childOf(parent, config, fork, changes), parent, config)
}

describe('a header', () => {
  it.each(HARDFORKS)('of an ordinary block is valid in %s', (fork) => {
    expect(refusal(fork, {})).toBeUndefined()
  })

  it.each<[string, Hardfork, Partial<Header>]>([
    ['wrong block number', 'berlin', { number: 102n }],
    ["timestamp not above the parent's", 'berlin', { timestamp: 1_000_000n }],
    ["timestamp not above the parent's", 'osaka', { timestamp: 999_999n }],
    ['extra data too long', 'frontier', { extraData: new Uint8Array(33) }],
    ['gas limit above the maximum', 'berlin', { gasLimit: 1n << 63n }],
    ['gas limit out of bounds', 'berlin', { gasLimit: 10_000_000n + 9765n }],
    ['gas limit out of bounds', 'berlin', { gasLimit: 10_000_000n - 9765n }],
    ['gas used above the gas limit', 'berlin', { gasUsed: 10_000_001n }],
    ['wrong difficulty', 'frontier', { difficulty: 10_000_000n }],
    ['wrong difficulty', 'london', { difficulty: 0n }],
    ['difficulty after Paris', 'paris', { difficulty: 1n }],
    ['nonce after Paris', 'paris', { nonce: new Uint8Array(8).fill(1) }],
    ['ommers after Paris', 'osaka', { ommersHash: new Uint8Array(32) }],
    ['header field before its fork', 'berlin', { baseFeePerGas: 7n }],
    ['header field before its fork', 'paris', { withdrawalsRoot: new Uint8Array(32) }],
    ['header field before its fork', 'shanghai', { blobGasUsed: 0n }],
    ['header field before its fork', 'cancun', { requestsHash: new Uint8Array(32) }],
    ['wrong base fee', 'london', { baseFeePerGas: 1_000_000_000n }],
    ['wrong excess blob gas', 'cancun', { excessBlobGas: 0n }],
    ['blob gas used above the limit', 'cancun', { blobGasUsed: 7n * GAS_PER_BLOB }],
    ['wrong blob gas used', 'prague', { blobGasUsed: GAS_PER_BLOB - 1n }],
  ])('is refused for %s in %s', (reason, fork, changes) => {
    expect(refusal(fork, changes)).toBe(reason)
  })

  it.each<[keyof Header, Hardfork]>([
    ['baseFeePerGas', 'london'],
    ['withdrawalsRoot', 'shanghai'],
    ['blobGasUsed', 'cancun'],
    ['excessBlobGas', 'cancun'],
    ['parentBeaconBlockRoot', 'cancun'],
    ['requestsHash', 'prague'],
  ])('without %s is refused in %s', (field, fork) => {
    const [config, parent] = [configOf(fork), parentOf(fork)]
    const { [field]: _, ...header } = childOf(parent, config, fork)
    expect(reasonOf(header as Header, parent, config)).toBe('header field missing')
  })

  it('may use all of the gas limit, and all blobs', () => {
    const changes = { gasUsed: 10_000_000n, blobGasUsed: 9n * GAS_PER_BLOB }
    expect(refusal('prague', changes)).toBeUndefined()
  })

  it('doubles the gas limit in the first block of London', () => {
    const config = {
      ...configOf('berlin'),
      forks: [
        { fork: 'berlin', block: 0n },
        { fork: 'london', block: 101n },
      ],
    } as const
    const parent = parentOf('berlin')
    const header = childOf(parent, config, 'london', { gasLimit: 20_000_000n })
    expect(header.baseFeePerGas).toBe(1_000_000_000n)
    expect(reasonOf(header, parent, config)).toBeUndefined()
    expect(reasonOf({ ...header, gasLimit: 10_000_000n }, parent, config)).toBe(
      'gas limit out of bounds',
    )
  })

  describe('around the DAO fork', () => {
    const mark = new TextEncoder().encode('dao-hard-fork')
    const refusalAt = (daoForkBlock: bigint, extraData: Uint8Array) => {
      const config = { ...configOf('homestead'), daoForkBlock }
      const parent = parentOf('homestead')
      return reasonOf(childOf(parent, config, 'homestead', { extraData }), parent, config)
    }

    // The child has number 101.
    it.each([101n, 92n])('has its mark, when the fork was at %s', (daoForkBlock) => {
      expect(refusalAt(daoForkBlock, mark)).toBeUndefined()
      expect(refusalAt(daoForkBlock, new Uint8Array(0))).toBe(
        'extra data without the mark of the DAO fork',
      )
    })

    it.each([102n, 91n])('needs no mark, when the fork is at %s', (daoForkBlock) => {
      expect(refusalAt(daoForkBlock, new Uint8Array(0))).toBeUndefined()
    })
  })
})
