import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT } from '../primitives/keccak.ts'
import { CANCUN_BLOBS, hardforkAt, PRAGUE_BLOBS } from './chain-config.ts'
import { genesisFromJson } from './genesis.ts'
import { InvalidGenesisError } from './genesis-config.ts'
import type { Header } from './header.ts'
import { encodeHeader } from './header.ts'
import { InvalidJsonFieldError } from './json-fields.ts'

const BEFORE_LONDON = {
  chainId: 1337,
  homesteadBlock: 0,
  eip150Block: 0,
  eip155Block: 0,
  eip158Block: 0,
  byzantiumBlock: 0,
  constantinopleBlock: 0,
  petersburgBlock: 0,
  istanbulBlock: 0,
  muirGlacierBlock: 0,
  berlinBlock: 0,
}
const UP_TO_LONDON = { ...BEFORE_LONDON, londonBlock: 0 }
const MERGED = { ...UP_TO_LONDON, terminalTotalDifficulty: 0 }
const CANCUN = { ...MERGED, shanghaiTime: 0, cancunTime: 0 }
const FILE = { difficulty: '0x0', gasLimit: '0x1c9c380', alloc: {} }

const genesis = (config: object, rest: object = {}) => genesisFromJson({ ...FILE, config, ...rest })
const forkOf = (config: object, number = 0n, timestamp = 0n) => {
  return hardforkAt(genesis(config).config, number, timestamp)
}

describe('forks of a genesis file', () => {
  it('are those it lists', () => {
    expect(forkOf({ chainId: 1 }, 100n)).toBe('frontier')
    expect(forkOf(BEFORE_LONDON)).toBe('berlin')
    expect(forkOf(UP_TO_LONDON)).toBe('london')
    expect(forkOf(MERGED)).toBe('paris')
    expect(forkOf(CANCUN)).toBe('cancun')
  })

  it('begin at their block or time', () => {
    const config = { ...UP_TO_LONDON, londonBlock: 5, mergeNetsplitBlock: 9, shanghaiTime: 100 }
    expect(forkOf(config, 4n)).toBe('berlin')
    expect(forkOf(config, 5n)).toBe('london')
    expect(forkOf(config, 9n, 99n)).toBe('paris')
    expect(forkOf(config, 9n, 100n)).toBe('shanghai')
  })

  it('let Paris follow a genesis block that reaches the terminal difficulty', () => {
    const config = { ...UP_TO_LONDON, terminalTotalDifficulty: 131072 }
    const reached = genesis(config, { difficulty: '0x20000' }).config
    expect(hardforkAt(reached, 0n, 0n)).toBe('london')
    expect(hardforkAt(reached, 1n, 0n)).toBe('paris')
    const open = genesis(config, { difficulty: '0x1ffff' }).config
    expect(hardforkAt(open, 1000n, 0n)).toBe('london')
    expect(open.terminalTotalDifficulty).toBe(131072n)
  })

  it('begin with Paris when the file says that the difficulty was passed', () => {
    const config = {
      ...UP_TO_LONDON,
      terminalTotalDifficulty: 9,
      terminalTotalDifficultyPassed: true,
    }
    expect(forkOf(config)).toBe('paris')
  })

  it('take Petersburg to begin with Constantinople when only that is listed', () => {
    const { petersburgBlock: _, ...config } = BEFORE_LONDON
    expect(forkOf(config)).toBe('berlin')
  })

  it('have glaciers that only delay the difficulty bomb', () => {
    const config = { ...UP_TO_LONDON, muirGlacierBlock: 3, grayGlacierBlock: 9 }
    expect(genesis(config).config.bombDelays).toEqual([
      { block: 3n, delay: 9_000_000n },
      { block: 9n, delay: 11_400_000n },
    ])
    expect(forkOf(config, 9n)).toBe('london')
  })

  it('include the DAO change only where it is supported', () => {
    expect(genesis({ chainId: 1, daoForkBlock: 5, daoForkSupport: true }).config.daoForkBlock).toBe(
      5n,
    )
    expect(genesis({ chainId: 1, daoForkBlock: 5 }).config.daoForkBlock).toBeUndefined()
  })

  it.each([
    ['a gap', { chainId: 1, homesteadBlock: 0, byzantiumBlock: 0 }, 'byzantiumBlock is set, but'],
    ['disorder', { ...UP_TO_LONDON, istanbulBlock: 9 }, 'berlinBlock 0 is before istanbulBlock'],
    ['a time gap', { ...MERGED, cancunTime: 0 }, 'cancunTime is set, but shanghaiTime is not'],
    ['a fork that is not implemented', { ...CANCUN, amsterdamTime: 9 }, 'amsterdamTime'],
    ['split replay protection', { ...BEFORE_LONDON, eip155Block: 3 }, 'must be the same'],
    ['a blob fork without parameters', { ...CANCUN, bpo1Time: 9 }, 'blobSchedule has no bpo1'],
  ])('refuse %s', (_, config, message) => {
    expect(() => genesis(config)).toThrow(InvalidGenesisError)
    expect(() => genesis(config)).toThrow(message)
  })
})

describe('blob schedule of a genesis file', () => {
  it('is mainnet’s where it lists none', () => {
    const { blobSchedule } = genesis({ ...CANCUN, pragueTime: 7, osakaTime: 8 }).config
    expect(blobSchedule).toEqual([
      { time: 0n, ...CANCUN_BLOBS },
      { time: 7n, ...PRAGUE_BLOBS },
      { time: 8n, ...PRAGUE_BLOBS },
    ])
  })

  it('is read where it lists one, blob-parameter-only forks included', () => {
    const bpo1 = { target: 10, max: 15, baseFeeUpdateFraction: 8346193 }
    const { blobSchedule } = genesis({
      ...{ ...CANCUN, pragueTime: 0, osakaTime: 0, bpo1Time: 50 },
      blobSchedule: { cancun: { target: 1, max: 2, baseFeeUpdateFraction: 3 }, bpo1 },
    }).config
    expect(blobSchedule.at(0)).toEqual({ time: 0n, target: 1, max: 2, baseFeeUpdateFraction: 3n })
    expect(blobSchedule.at(-1)).toEqual({ time: 50n, ...bpo1, baseFeeUpdateFraction: 8346193n })
  })
})

describe('header of a genesis file', () => {
  const complete = (config: object, rest: object = {}): Header => {
    return { ...genesis(config, rest).header, stateRoot: EMPTY_TRIE_ROOT }
  }

  it('ends where its fork ends', () => {
    const header = complete(BEFORE_LONDON)
    expect(header.baseFeePerGas).toBeUndefined()
    expect(complete(UP_TO_LONDON).baseFeePerGas).toBe(1000000000n)
    expect(complete(CANCUN)).toMatchObject({ excessBlobGas: 0n, withdrawalsRoot: EMPTY_TRIE_ROOT })
    expect(complete(CANCUN).requestsHash).toBeUndefined()
    const { requestsHash } = complete({ ...CANCUN, pragueTime: 0 })
    expect(bytesToHex(requestsHash!)).toMatch(/^0xe3b0c44298fc1c14.*b855$/)
    for (const config of [BEFORE_LONDON, UP_TO_LONDON, MERGED, CANCUN]) {
      expect(() => encodeHeader(complete(config))).not.toThrow()
    }
  })

  it('takes its fields from the file', () => {
    const header = complete(UP_TO_LONDON, {
      nonce: '0x42',
      timestamp: '0x5',
      extraData: '0xabcd',
      coinbase: `0x${'11'.repeat(20)}`,
      difficulty: '17179869184',
      baseFeePerGas: '0x7',
    })
    expect(header).toMatchObject({ timestamp: 5n, difficulty: 17179869184n, baseFeePerGas: 7n })
    expect(header.nonce).toEqual(hexToBytes('0x0000000000000042'))
    expect(header.beneficiary).toEqual(new Uint8Array(20).fill(0x11))
  })

  it('must have a gas limit and a difficulty', () => {
    expect(() => genesisFromJson({ config: MERGED, alloc: {}, gasLimit: 1 })).toThrow('difficulty')
    expect(() => genesisFromJson({ config: MERGED, alloc: {}, difficulty: 1 })).toThrow('gasLimit')
  })
})

describe('alloc of a genesis file', () => {
  const alloc = (accounts: object) => genesis(MERGED, { alloc: accounts }).alloc
  const ADDRESS = '11'.repeat(20)

  it('is read with and without 0x, decimal and hex, with short slots', () => {
    const account = {
      balance: '1000000000000000000',
      nonce: '0x1',
      code: '0x6001',
      storage: { '0x1': '0x203', '02': '0x00' },
    }
    const word = (...tail: number[]) => Uint8Array.of(...new Uint8Array(32 - tail.length), ...tail)
    for (const key of [ADDRESS, `0x${ADDRESS}`]) {
      expect(alloc({ [key]: account })).toEqual([
        {
          address: hexToBytes(`0x${ADDRESS}`),
          balance: 10n ** 18n,
          nonce: 1n,
          code: hexToBytes('0x6001'),
          storage: [{ key: word(1), value: word(2, 3) }],
        },
      ])
    }
  })

  it('refuses an account that is listed twice', () => {
    const twice = { [ADDRESS]: {}, [`0x${ADDRESS}`]: {} }
    expect(() => alloc(twice)).toThrow(`lists 0x${ADDRESS} twice`)
  })

  it('refuses wrong addresses, words and numbers', () => {
    expect(() => alloc({ '0x11': {} })).toThrow('alloc address must be 20 bytes')
    expect(() => alloc({ [ADDRESS]: { balance: '1.5' } })).toThrow(InvalidJsonFieldError)
    expect(() => alloc({ [ADDRESS]: { storage: { [`0x${'1'.repeat(65)}`]: '0x1' } } })).toThrow(
      'over 32 bytes',
    )
  })
})
