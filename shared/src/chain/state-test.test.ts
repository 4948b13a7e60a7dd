import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import type { StateTestCase } from './state-test.ts'
import { parseStateTests, stateTestCases } from './state-test.ts'
import { InvalidTestFileError } from './test-format.ts'

const HASH = `0x${'11'.repeat(32)}`
const ADDRESS = `0x${'22'.repeat(20)}`
const POST = { hash: HASH, logs: HASH, indexes: { data: 0, gas: 0, value: 0 } }

const SAMPLE = {
  env: {
    currentCoinbase: ADDRESS,
    currentNumber: '0x01',
    currentTimestamp: '0x03e8',
    currentGasLimit: '0x989680',
    currentDifficulty: '0x020000',
    currentRandom: '0x020000',
    currentBaseFee: '0x0a',
    currentExcessBlobGas: '0x00',
  },
  pre: {
    [ADDRESS]: {
      balance: '0x0a',
      nonce: '0x',
      code: '0x6001',
      storage: { '0x01': '0x02', '0x03': '0x' },
    },
  },
  transaction: {
    nonce: '0x00',
    secretKey: HASH,
    sender: ADDRESS,
    to: '',
    data: ['0x00', '0x01'],
    gasLimit: ['0x5208', '0x5209'],
    value: ['0x00'],
    gasPrice: '0x0a',
  },
  post: {} as Record<string, unknown[]>,
}

function casesOf(post: Record<string, unknown[]>, fields: object = {}) {
  const [test] = parseStateTests(JSON.stringify({ sample: { ...SAMPLE, ...fields, post } }))
  return stateTestCases(test!)
}

function firstOf(post: Record<string, unknown[]>, fields: object = {}): StateTestCase {
  const [first] = casesOf(post, fields)
  if (first?.rules === undefined) throw new Error('the case has no rules')
  return first
}

function unsignedOf(test: StateTestCase) {
  if (!('unsigned' in test.transaction)) throw new Error('the transaction is signed')
  return test.transaction.unsigned
}

describe('parseStateTests', () => {
  it('passes over tests of other kinds', () => {
    const others = { trie: { in: [], root: HASH }, chain: { pre: {}, blocks: [] }, none: null }
    expect(parseStateTests(JSON.stringify(others))).toEqual([])
    expect(parseStateTests('[1, "two"]')).toEqual([])
  })

  it('says when a text is no JSON', () => {
    expect(() => parseStateTests('{')).toThrow(InvalidTestFileError)
  })
})

describe('stateTestCases', () => {
  it('picks data, gas and value of the template by the indexes of the case', () => {
    const indexes = { data: 1, gas: 1, value: 0 }
    const transaction = unsignedOf(firstOf({ Berlin: [{ ...POST, indexes }] }))
    expect(transaction).toMatchObject({ type: 0, gasLimit: 0x5209n, to: undefined })
    expect(transaction.data).toEqual(Uint8Array.of(1))
  })

  it('takes the signed bytes where there are some', () => {
    const { transaction } = firstOf({ Berlin: [{ ...POST, txbytes: '0xc0' }] })
    expect(transaction).toEqual({ signed: Uint8Array.of(0xc0) })
  })

  it('leaves out slots that hold zero', () => {
    const [account] = firstOf({ Berlin: [POST] }).alloc
    expect(account?.storage.map(({ key }) => key[31])).toEqual([1])
    expect(account).toMatchObject({ balance: 10n, nonce: 0n })
  })

  it('gives a fork only the fields of the block that it knows', () => {
    const berlin = firstOf({ Berlin: [POST] }).rules.context
    expect(berlin).toMatchObject({ difficulty: 0x20000n, prevRandao: new Uint8Array(32) })
    expect(berlin).not.toHaveProperty('baseFeePerGas')
    const cancun = firstOf({ Cancun: [POST] }).rules.context
    expect(cancun).toMatchObject({ difficulty: 0n, baseFeePerGas: 10n, excessBlobGas: 0n })
    expect(cancun.prevRandao[29]).toBe(2)
  })

  it('takes the blob schedule of the file before that of the fork', () => {
    const blobSchedule = {
      Osaka: { target: '0x0a', max: '0x0f', baseFeeUpdateFraction: '0x7f5a51' },
    }
    const given = firstOf({ Osaka: [POST] }, { config: { blobSchedule } }).rules.config.blobSchedule
    expect(given).toEqual([{ time: 0n, target: 10, max: 15, baseFeeUpdateFraction: 8346193n }])
    const usual = firstOf({ Cancun: [POST] }).rules.config.blobSchedule
    expect(usual[0]?.max).toBe(6)
  })

  it('hashes the decimal number of each of the last 256 blocks', () => {
    const env = { ...SAMPLE.env, currentNumber: '0x012c' }
    const { blockHashes } = firstOf({ Berlin: [POST] }, { env }).rules.context
    expect(blockHashes.size).toBe(256)
    expect(blockHashes.get(44n)).toEqual(keccak256(new TextEncoder().encode('44')))
    expect(blockHashes.has(300n)).toBe(false)
  })

  it('tells refusals where the file does', () => {
    const refusalOf = (fields: object) => firstOf({ Berlin: [{ ...POST, ...fields }] }).isRefused
    expect(refusalOf({ txbytes: '0xc0' })).toBe(false)
    expect(refusalOf({ txbytes: '0xc0', expectException: 'TR_NonceTooLow' })).toBe(true)
    expect(refusalOf({})).toBeUndefined()
  })

  it('finds the type of an unsigned transaction by its fields', () => {
    const typeOf = (fields: object) => {
      const transaction = { ...SAMPLE.transaction, ...fields }
      return unsignedOf(firstOf({ Prague: [POST] }, { transaction })).type
    }
    expect(typeOf({ accessLists: [[], null] })).toBe(1)
    expect(typeOf({ accessLists: [null, []] })).toBe(0)
    const fees = { maxFeePerGas: '0x0a', maxPriorityFeePerGas: '0x00' }
    expect(typeOf(fees)).toBe(2)
    expect(typeOf({ ...fees, maxFeePerBlobGas: '0x01' })).toBe(3)
    expect(typeOf({ ...fees, authorizationList: [] })).toBe(4)
  })

  it('names cases of forks that it does not know', () => {
    const [first, second] = casesOf({ Amsterdam: [POST, POST] })
    expect(first).toEqual({ test: 'sample', fork: 'Amsterdam', index: 0, rules: undefined })
    expect(second?.index).toBe(1)
  })

  it('shares one state among the cases of a test', () => {
    const [first, second] = casesOf({ Berlin: [POST], London: [POST] }) as StateTestCase[]
    expect(first?.alloc).toBe(second?.alloc)
    expect(bytesToHex(first!.stateRoot)).toBe(HASH)
  })
})
