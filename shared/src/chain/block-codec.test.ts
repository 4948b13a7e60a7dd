import { describe, expect, it } from 'vitest'
import { concatBytes, hexToBytes } from '../primitives/bytes.ts'
import { EMPTY_LIST_HASH } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import type { Block } from './block-codec.ts'
import { decodeBlock, encodeBlock, MalformedBlockError, ommersHashOf } from './block-codec.ts'
import { parentOf } from './rules/header-samples.ts'
import { TRANSACTION_SAMPLES } from './transaction-samples.ts'

/** One of each type. */
const SIGNED = TRANSACTION_SAMPLES.map(({ signed }) => hexToBytes(signed))

const header = parentOf('shanghai')
const withdrawal = {
  index: 1n,
  validatorIndex: 2n ** 64n - 1n,
  address: new Uint8Array(20).fill(3),
  amount: 4n,
}
const block: Block = {
  header,
  transactions: SIGNED,
  ommers: [parentOf('berlin'), parentOf('frontier')],
  withdrawals: [withdrawal],
}
const { withdrawals: _, ...blockBeforeShanghai } = block

/** The block's parts, as RLP items. */
const parts = decodeRlp(encodeBlock(block)) as [RlpItem, RlpItem, RlpItem, RlpItem]
const [headerItem, transactions, ommers, withdrawals] = parts

describe('a block', () => {
  it('comes back from its bytes', () => {
    expect(decodeBlock(encodeBlock(block))).toEqual(block)
  })

  it('comes back from its bytes without withdrawals', () => {
    expect(decodeBlock(encodeBlock(blockBeforeShanghai))).toEqual(blockBeforeShanghai)
  })

  it('holds legacy transactions as lists and others as bytes', () => {
    const kinds = (transactions as RlpItem[]).map((item) => item instanceof Uint8Array)
    expect(kinds).toEqual(SIGNED.map((bytes) => bytes[0]! < 0xc0))
    expect(new Set(kinds).size).toBe(2)
  })

  it('without ommers has the hash of the empty list', () => {
    expect(ommersHashOf([])).toEqual(EMPTY_LIST_HASH)
  })

  const withdrawalWith = (...fields: RlpItem[]) => encodeRlp([...parts.slice(0, 3), [fields]])
  const address = withdrawal.address
  const one = Uint8Array.of(1)
  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array(0)],
    ['a byte string', encodeRlp(new Uint8Array(3))],
    ['an empty list', encodeRlp([])],
    ['a header alone', encodeRlp([headerItem])],
    ['no ommers', encodeRlp([headerItem, transactions])],
    ['too many parts', encodeRlp([...parts, []])],
    ['bytes behind it', concatBytes(encodeBlock(block), Uint8Array.of(0))],
    ['its end cut off', encodeBlock(block).subarray(0, -1)],
    ['a header of one field', encodeRlp([[one], transactions, ommers])],
    ['a header of bytes', encodeRlp([one, transactions, ommers])],
    ['transactions of bytes', encodeRlp([headerItem, one, ommers])],
    ['a transaction without bytes', encodeRlp([headerItem, [new Uint8Array(0)], ommers])],
    ['a legacy transaction as bytes', encodeRlp([headerItem, [encodeRlp([one])], ommers])],
    ['an ommer that is no header', encodeRlp([headerItem, transactions, [[one]]])],
    ['withdrawals of bytes', encodeRlp([...parts.slice(0, 3), one])],
    ['a withdrawal of three fields', withdrawalWith(one, one, address)],
    ['a withdrawal of five fields', withdrawalWith(one, one, address, one, one)],
    ['an index over 64 bits', withdrawalWith(new Uint8Array(9).fill(1), one, address, one)],
    ['a validator over 64 bits', withdrawalWith(one, new Uint8Array(9).fill(1), address, one)],
    ['an amount over 64 bits', withdrawalWith(one, one, address, new Uint8Array(9).fill(1))],
    ['an amount with a leading zero', withdrawalWith(one, one, address, Uint8Array.of(0, 1))],
    ['an address of 19 bytes', withdrawalWith(one, one, address.subarray(1), one)],
    ['an address of 21 bytes', withdrawalWith(one, one, new Uint8Array(21), one)],
  ])('is not made of %s', (_, bytes) => {
    expect(() => decodeBlock(bytes)).toThrow(MalformedBlockError)
  })

  it('says which part is malformed', () => {
    const bytes = encodeRlp([headerItem, transactions, ommers, [withdrawals]])
    expect(() => decodeBlock(bytes)).toThrow(/withdrawals/)
  })
})
