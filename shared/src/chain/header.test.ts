import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../primitives/bytes.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import type { Header } from './header.ts'
import {
  decodeHeader,
  encodeHeader,
  headerFromRpc,
  headerHash,
  MalformedHeaderError,
} from './header.ts'
import { InvalidJsonFieldError } from './json-fields.ts'

const hash = (byte: number) => new Uint8Array(32).fill(byte)

/** Mainnet's genesis block. */
const GENESIS = {
  parentHash: `0x${'00'.repeat(32)}`,
  sha3Uncles: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
  miner: `0x${'00'.repeat(20)}`,
  stateRoot: '0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544',
  transactionsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  receiptsRoot: '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x400000000',
  number: '0x0',
  gasLimit: '0x1388',
  gasUsed: '0x0',
  timestamp: '0x0',
  extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
  mixHash: `0x${'00'.repeat(32)}`,
  nonce: '0x0000000000000042',
}

const frontier = headerFromRpc(GENESIS)
const london: Header = { ...frontier, baseFeePerGas: 7n }
const shanghai: Header = { ...london, withdrawalsRoot: hash(1) }
const cancun: Header = {
  ...shanghai,
  blobGasUsed: 131072n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: hash(2),
}
const prague: Header = { ...cancun, requestsHash: hash(3) }

describe('header', () => {
  it('of mainnet’s genesis has its hash', () => {
    expect(bytesToHex(headerHash(frontier))).toBe(
      '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
    )
  })

  it.each([
    ['Frontier', frontier, 15],
    ['London', london, 16],
    ['Shanghai', shanghai, 17],
    ['Cancun', cancun, 20],
    ['Prague', prague, 21],
  ] as const)('of %s comes back from its bytes', (_, header, fieldCount) => {
    const bytes = encodeHeader(header)
    expect(decodeRlp(bytes)).toHaveLength(fieldCount)
    expect(decodeHeader(bytes)).toEqual(header)
  })

  it('is not encoded with a hole among its fields', () => {
    const { baseFeePerGas: _, ...hole } = shanghai
    expect(() => encodeHeader(hole)).toThrow('header without baseFeePerGas has withdrawalsRoot')
    expect(() => encodeHeader({ ...shanghai, blobGasUsed: 0n })).toThrow(MalformedHeaderError)
  })
})

describe('decodeHeader', () => {
  const fields = decodeRlp(encodeHeader(prague)) as readonly RlpItem[]
  const refused = (items: RlpItem) => {
    expect(() => decodeHeader(encodeRlp(items))).toThrow(MalformedHeaderError)
  }

  it('refuses field counts that no fork has', () => {
    for (const count of [0, 14, 18, 19]) refused(fields.slice(0, count))
    refused([...fields, hash(4)])
    refused(new Uint8Array(40))
  })

  it('refuses fields of a wrong kind or length', () => {
    for (const [index, field] of fields.entries()) {
      refused(fields.with(index, [field]))
      if (index !== 12) refused(fields.with(index, new Uint8Array(257).fill(1)))
    }
  })

  it('refuses integers with leading zeros and over 64 bits', () => {
    refused(fields.with(8, Uint8Array.of(0)))
    refused(fields.with(9, new Uint8Array(9).fill(1)))
  })

  it('refuses truncated and trailing bytes', () => {
    const bytes = encodeHeader(prague)
    expect(() => decodeHeader(bytes.subarray(0, -1))).toThrow(MalformedHeaderError)
    expect(() => decodeHeader(Uint8Array.of(...bytes, 0))).toThrow(MalformedHeaderError)
    expect(() => decodeHeader(new Uint8Array(0))).toThrow(MalformedHeaderError)
  })
})

describe('headerFromRpc', () => {
  it('names the field that is missing or wrong', () => {
    const { miner: _, ...withoutMiner } = GENESIS
    expect(() => headerFromRpc(withoutMiner)).toThrow(InvalidJsonFieldError)
    expect(() => headerFromRpc(withoutMiner)).toThrow('miner')
    expect(() => headerFromRpc({ ...GENESIS, nonce: '0x42' })).toThrow('nonce must be 8 bytes')
    expect(() => headerFromRpc({ ...GENESIS, gasLimit: -1 })).toThrow('gasLimit')
  })
})
