import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../primitives/bytes.ts'
import { parseBlockTests, readBlockTest } from './block-test.ts'
import { InvalidTestFileError } from './test-format.ts'

const account = {
  balance: '0x05',
  nonce: '0x',
  code: '0x',
  storage: { '0x': '0x0', '0x01': '0x02' },
}
const json = {
  network: 'London',
  pre: { [`0x${'11'.repeat(20)}`]: account },
  genesisBlockHeader: { hash: '0x0a' },
  genesisRLP: '0xc0',
  blocks: [
    { rlp: '0x01', blockHeader: {} },
    { rlp: '0x02', expectException: 'A|B', expectExceptionALL: 'C' },
    { rlp: '0x03', expectExceptionALL: 'C' },
    { rlp: '0x04', expectExceptionLondon: 'D', expectExceptionBerlin: 'E' },
    { rlp: '0x05' },
  ],
  lastblockhash: '0x0b',
  postState: {},
}

/** The only test of a file that has it under a name. */
function readOnly(test: object) {
  const [named] = parseBlockTests(JSON.stringify({ one: test }))
  return readBlockTest(named!)
}

describe('a block test', () => {
  it('is read from its file', () => {
    const test = readOnly(json)
    expect(test).toMatchObject({ name: 'one', network: 'London', headState: [] })
    expect(test.config?.forks).toEqual([{ fork: 'london', block: 0n }])
    expect(test.genesis).toEqual(hexToBytes('0xc0'))
    expect(test.genesisHash).toEqual(hexToBytes('0x0a'))
    expect(test.headHash).toEqual(hexToBytes('0x0b'))
  })

  it('leaves out slots of zero', () => {
    expect(readOnly(json).alloc[0]?.storage).toHaveLength(1)
  })

  it('says which blocks are valid, and what is wrong with the others', () => {
    const exceptions = readOnly(json).blocks.map((block) => block.exceptions)
    expect(exceptions).toEqual([undefined, ['A', 'B'], ['C'], ['D'], []])
  })

  it('may give the root of the last state instead of the accounts', () => {
    const { postState: _, ...rest } = json
    expect(readOnly({ ...rest, postStateHash: '0x0c' }).headState).toEqual(hexToBytes('0x0c'))
  })

  it('may be of a fork that is not known', () => {
    expect(readOnly({ ...json, network: 'Amsterdam' }).config).toBeUndefined()
  })
})

describe('a file of block tests', () => {
  it('may hold other things', () => {
    const text = JSON.stringify({ a: 1, b: null, c: { post: {}, transaction: {}, env: {} } })
    expect(parseBlockTests(text)).toEqual([])
  })

  it('is JSON', () => {
    expect(() => parseBlockTests('{')).toThrow(InvalidTestFileError)
  })
})
