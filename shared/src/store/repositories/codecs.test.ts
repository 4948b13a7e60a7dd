import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Header } from '../../chain/header.ts'
import type { Receipt } from '../../chain/receipt.ts'
import { EMPTY_CODE_HASH } from '../../primitives/keccak.ts'
import { decodeAccount, encodeAccount } from './account-repository.ts'
import { decodeBody, encodeBody } from './body-codec.ts'
import { decodeReceipts, encodeReceipts } from './receipts-codec.ts'
import { minimalWord, wordOf } from './slot-repository.ts'

/** Plain bytes: fast-check's own arrays are of the same kind, but may be of any length. */
function bytes(length: number) {
  return fc.uint8Array({ minLength: length, maxLength: length })
}

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const account = fc.record({
  nonce: uint64,
  balance: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  codeHash: fc.oneof(fc.constant(EMPTY_CODE_HASH), bytes(32)),
  hasStorage: fc.boolean(),
  isRecorded: fc.boolean(),
})

const receipt: fc.Arbitrary<Receipt> = fc.record({
  type: fc.integer({ min: 0, max: 4 }),
  status: fc.constantFrom(0 as const, 1 as const),
  gasUsed: uint64,
  cumulativeGasUsed: uint64,
  logs: fc.array(
    fc.record({
      address: bytes(20),
      topics: fc.array(bytes(32), { maxLength: 4 }),
      data: fc.uint8Array(),
    }),
    { maxLength: 3 },
  ),
})

const withdrawal = fc.record({
  index: uint64,
  validatorIndex: uint64,
  address: bytes(20),
  amount: uint64,
})

const OMMER: Header = {
  parentHash: new Uint8Array(32).fill(1),
  ommersHash: new Uint8Array(32).fill(2),
  beneficiary: new Uint8Array(20).fill(3),
  stateRoot: new Uint8Array(32).fill(4),
  transactionsRoot: new Uint8Array(32).fill(5),
  receiptsRoot: new Uint8Array(32).fill(6),
  logsBloom: new Uint8Array(256),
  difficulty: 131072n,
  number: 7n,
  gasLimit: 5000n,
  gasUsed: 0n,
  timestamp: 8n,
  extraData: Uint8Array.of(9),
  mixHash: new Uint8Array(32),
  nonce: new Uint8Array(8),
}

describe('values of the tables', () => {
  it('accounts come back as they were, whatever their numbers', () => {
    fc.assert(
      fc.property(account, (value) => {
        expect(decodeAccount(encodeAccount(value))).toEqual(value)
      }),
    )
  })

  it('an account without code takes no room for its hash', () => {
    const empty = { nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH }
    expect(encodeAccount({ ...empty, hasStorage: false, isRecorded: false })).toHaveLength(3)
  })

  it('words come back from what they are without leading zeros', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), fc.uint8Array({ maxLength: 32 }), (at, tail) => {
        const word = new Uint8Array(32)
        word.set(tail.slice(0, 32 - at), at)
        expect(wordOf(minimalWord(word))).toEqual(word)
      }),
    )
  })

  it('receipts come back as they were', () => {
    fc.assert(
      fc.property(fc.array(receipt, { maxLength: 5 }), (receipts) => {
        expect(decodeReceipts(encodeReceipts(receipts))).toEqual(receipts)
      }),
    )
  })

  it('bodies come back as they were, before Shanghai without withdrawals', () => {
    const transactions = fc.array(fc.uint8Array({ minLength: 1 }), { maxLength: 4 })
    const withdrawals = fc.option(fc.array(withdrawal, { maxLength: 3 }), { nil: undefined })
    fc.assert(
      fc.property(transactions, withdrawals, fc.boolean(), (signed, paid, hasOmmer) => {
        const body = {
          transactions: signed,
          ommers: hasOmmer ? [OMMER] : [],
          ...(paid && { withdrawals: paid }),
        }
        expect(decodeBody(encodeBody(body))).toEqual(body)
      }),
    )
  })
})
