import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hexToBytes } from '../primitives/bytes.ts'
import { InvalidBlockFixtureError, listBlockFixtures, readBlockFixture } from './block-fixture.ts'
import { decodeTransaction } from './transaction.ts'

const zeros = (count: number) => `0x${'00'.repeat(count)}`
const SENDER = `0x${'11'.repeat(20)}`
const RECIPIENT = `0x${'22'.repeat(20)}`
const SLOT = `0x${'00'.repeat(31)}05`

const FIXTURE = {
  chainId: 1,
  block: {
    parentHash: zeros(32),
    sha3Uncles: zeros(32),
    miner: SENDER,
    stateRoot: zeros(32),
    transactionsRoot: zeros(32),
    receiptsRoot: zeros(32),
    logsBloom: zeros(256),
    difficulty: '0x0',
    number: '0x10',
    gasLimit: '0x5208',
    gasUsed: '0x5208',
    timestamp: '0x64',
    extraData: '0x',
    mixHash: `0x${'ee'.repeat(32)}`,
    nonce: zeros(8),
    baseFeePerGas: '0x7',
    withdrawalsRoot: zeros(32),
    withdrawals: [{ index: '0x1', validatorIndex: '0x2', address: RECIPIENT, amount: '0x3' }],
    transactions: [
      {
        type: '0x0',
        from: SENDER,
        to: RECIPIENT,
        nonce: '0x0',
        value: '0x1',
        gasPrice: '0x7',
        gas: '0x5208',
        input: '0x',
        v: '0x1b',
        r: '0x1',
        s: '0x1',
      },
    ],
  },
  preState: {
    [SENDER]: { balance: '0xff', nonce: 0, storage: {} },
    [RECIPIENT]: {
      balance: '0x0',
      nonce: 1,
      code: '0x6001',
      storage: { [SLOT]: '0x9', [zeros(32)]: '0x0' },
    },
  },
  blockHashes: { '15': `0x${'dd'.repeat(32)}` },
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'block-fixture-'))
  await writeFile(join(folder, '100.json'), JSON.stringify(FIXTURE))
  await writeFile(join(folder, '99.json.gz'), gzipSync(JSON.stringify(FIXTURE)))
  await writeFile(join(folder, 'index.json'), '[]')
  await mkdir(join(folder, 'empty'))
})

afterAll(() => rm(folder, { recursive: true }))

describe('listBlockFixtures', () => {
  it('finds fixtures of a folder in order of number, and nothing else', async () => {
    const expected = [join(folder, '99.json.gz'), join(folder, '100.json')]
    expect(await listBlockFixtures([folder])).toEqual(expected)
    expect(await listBlockFixtures(expected.toReversed())).toEqual(expected)
  })

  it('takes a file of any name that is given', async () => {
    expect(await listBlockFixtures([join(folder, 'index.json')])).toHaveLength(1)
  })

  it('says which path is wrong', async () => {
    const missing = join(folder, 'missing')
    await expect(listBlockFixtures([missing])).rejects.toThrow(`${missing}: no such file`)
    const empty = join(folder, 'empty')
    await expect(listBlockFixtures([empty])).rejects.toThrow(`${empty}: no block fixture`)
  })
})

describe('readBlockFixture', () => {
  it('reads a block, its context and what it touches', async () => {
    const fixture = await readBlockFixture(join(folder, '100.json'))
    expect(fixture.chainId).toBe(1n)
    expect(fixture.header).toMatchObject({ number: 16n, baseFeePerGas: 7n })
    expect(fixture.context).toMatchObject({
      number: 16n,
      timestamp: 100n,
      prevRandao: new Uint8Array(32).fill(0xee),
      ommers: [],
      withdrawals: [{ index: 1n, validatorIndex: 2n, address: hexToBytes(RECIPIENT), amount: 3n }],
      blockHashes: new Map([[15n, new Uint8Array(32).fill(0xdd)]]),
    })
    expect(fixture.senders).toEqual([hexToBytes(SENDER)])
    expect(decodeTransaction(fixture.transactions[0]!)).toMatchObject({ type: 0, value: 1n })
  })

  it('leaves out slots that are zero and widens the others', async () => {
    const { preState } = await readBlockFixture(join(folder, '99.json.gz'))
    const value = Uint8Array.of(...new Uint8Array(31), 9)
    expect(preState).toEqual([
      {
        address: hexToBytes(SENDER),
        balance: 255n,
        nonce: 0n,
        code: new Uint8Array(0),
        storage: [],
      },
      {
        address: hexToBytes(RECIPIENT),
        balance: 0n,
        nonce: 1n,
        code: hexToBytes('0x6001'),
        storage: [{ key: hexToBytes(SLOT), value }],
      },
    ])
  })

  it.each([
    ['no JSON', '{'],
    ['another JSON', '[]'],
    ['a block without a header', JSON.stringify({ ...FIXTURE, block: { transactions: [] } })],
  ])('names the file that holds %s', async (_, text) => {
    const path = join(folder, 'broken.json')
    await writeFile(path, text)
    await expect(readBlockFixture(path)).rejects.toThrow(InvalidBlockFixtureError)
    await expect(readBlockFixture(path)).rejects.toThrow(`${path}: `)
  })
})
