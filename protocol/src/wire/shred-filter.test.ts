import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import { concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { ITEM_BYTES } from './filter-kinds.ts'
import { createKeyHash } from './key-hash.ts'
import { SAMPLE_SHRED } from './message-samples.ts'
import type { Shred } from './messages.ts'
import type { FilterSpec } from './shred-filter.ts'
import { keysOfShred, portionsOf, ShredFilter } from './shred-filter.ts'

const hash = createKeyHash()
const signed = TRANSACTION_SAMPLES.map((sample) => hexToBytes(sample.signed))
const call = signed.find((bytes) => {
  const { to, data } = decodeTransaction(bytes)
  return to !== undefined && data.length >= 4
})!
const address = (byte: number) => new Uint8Array(20).fill(byte)
const word = (byte: number) => new Uint8Array(32).fill(byte)
const PLAIN: Shred = { ...SAMPLE_SHRED, transaction: signed[0]! }

function passes(spec: FilterSpec, shred: Shred = PLAIN): boolean {
  const filter = new ShredFilter(hash)
  for (const { kind, items } of portionsOf(spec, 100)) filter.add(kind, items)
  return filter.passes(keysOfShred(shred, hash))
}

describe('shred filter', () => {
  it('lets everything through when nothing is asked for', () => {
    expect(passes({})).toBe(true)
    expect(passes({ addresses: [] })).toBe(true)
  })

  it('knows an address as sender, recipient, log address or changed account', () => {
    const quiet = { ...PLAIN, receipt: { ...PLAIN.receipt, logs: [] } }
    expect(passes({ addresses: [address(1)] })).toBe(true)
    expect(passes({ addresses: [address(0x35)] })).toBe(true)
    expect(passes({ addresses: [address(2)] })).toBe(true)
    expect(passes({ addresses: [address(2)] }, quiet)).toBe(true)
    expect(passes({ addresses: [address(9)] })).toBe(false)
  })

  it('knows topics, senders, changed slots and selectors', () => {
    expect(passes({ topics: [word(1)] })).toBe(true)
    expect(passes({ topics: [word(2)] })).toBe(false)
    expect(passes({ senders: [address(1)] })).toBe(true)
    expect(passes({ senders: [address(2)] })).toBe(false)
    expect(passes({ slots: [concatBytes(address(2), word(0))] })).toBe(true)
    expect(passes({ slots: [concatBytes(address(1), word(0))] })).toBe(false)
    const selector = decodeTransaction(call).data.slice(0, 4)
    expect(passes({ selectors: [selector] }, { ...PLAIN, transaction: call })).toBe(true)
    const other = selector.map((byte) => byte ^ 1)
    expect(passes({ selectors: [other] }, { ...PLAIN, transaction: call })).toBe(false)
  })

  it('takes any item of a kind, and all of the kinds', () => {
    expect(passes({ addresses: [address(9), address(1)] })).toBe(true)
    expect(passes({ addresses: [address(1)], topics: [word(1)] })).toBe(true)
    expect(passes({ addresses: [address(1)], topics: [word(2)] })).toBe(false)
    expect(passes({ addresses: [address(9)], topics: [word(1)] })).toBe(false)
  })

  it('travels in portions that hold whole items', () => {
    const addresses = Array.from({ length: 12 }, (_, byte) => address(byte))
    const portions = [...portionsOf({ addresses, selectors: [Uint8Array.of(1, 2, 3, 4)] }, 100)]
    expect(portions.map(({ kind, items }) => [kind, items.length])).toEqual([
      ['addresses', 100],
      ['addresses', 100],
      ['addresses', 40],
      ['selectors', ITEM_BYTES.selectors],
    ])
    expect(passes({ addresses })).toBe(true)
  })
})
