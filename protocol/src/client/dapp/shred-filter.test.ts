import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { SAMPLE_SHRED } from '../../wire/message-samples.ts'
import type { Shred } from '../../wire/messages.ts'
import { InvalidArgumentError } from './dapp-errors.ts'
import type { ShredFilter } from './shred-filter.ts'
import { shredPredicate } from './shred-filter.ts'

const filled = (length: number, value: number) => bytesToHex(new Uint8Array(length).fill(value))

const call = TRANSACTION_SAMPLES.map(({ signed }) => hexToBytes(signed)).find((bytes) => {
  const { to, data } = decodeTransaction(bytes)
  return to !== undefined && data.length >= 4
})!
const SHRED: Shred = { ...SAMPLE_SHRED, transaction: call }
const { to, data } = decodeTransaction(call)
const RECIPIENT = bytesToHex(to!)
const SELECTOR = bytesToHex(data.subarray(0, 4))

describe('shred filter', () => {
  it.each<[string, ShredFilter, boolean]>([
    ['nothing', {}, true],
    ['the sender', { senders: [filled(20, 1)] }, true],
    ['the recipient as sender', { senders: [RECIPIENT] }, false],
    ['the sender as address', { addresses: [filled(20, 1)] }, true],
    ['the recipient as address', { addresses: [RECIPIENT] }, true],
    ['an account that changed', { addresses: [filled(20, 2)] }, true],
    ['another address', { addresses: [filled(20, 7)] }, false],
    ['one of several', { addresses: [filled(20, 7), RECIPIENT] }, true],
    [
      'a slot of another account',
      { slots: [{ address: filled(20, 3), key: filled(32, 1) }] },
      false,
    ],
    ['a topic', { topics: [filled(32, 1)] }, true],
    ['another topic', { topics: [filled(32, 2)] }, false],
    ['a slot that was written', { slots: [{ address: filled(20, 2), key: filled(32, 1) }] }, true],
    ['another slot', { slots: [{ address: filled(20, 2), key: filled(32, 2) }] }, false],
    ['the selector', { selectors: [SELECTOR] }, true],
    ['another selector', { selectors: ['0x00000000'] }, false],
    ['all of it', { senders: [filled(20, 1)], topics: [filled(32, 1)] }, true],
    ['all but one', { senders: [filled(20, 1)], topics: [filled(32, 2)] }, false],
  ])('by %s', (_, filter, passes) => {
    expect(shredPredicate(filter)(SHRED)).toBe(passes)
  })

  it('takes either case, and sets of many', () => {
    const upper = `0x${RECIPIENT.slice(2).toUpperCase()}` as Hex
    expect(shredPredicate({ addresses: [upper] })(SHRED)).toBe(true)
    const many = function* (): Generator<Hex> {
      for (let i = 0; i < 100_000; i++) yield `0x${i.toString(16).padStart(40, '0')}`
      yield RECIPIENT
    }
    expect(shredPredicate({ addresses: many() })(SHRED)).toBe(true)
  })

  it('refuses values of another length, and no values', () => {
    expect(() => shredPredicate({ topics: [] })).toThrow(InvalidArgumentError)
    expect(() => shredPredicate({ selectors: ['0x0102'] })).toThrow(InvalidArgumentError)
  })
})
