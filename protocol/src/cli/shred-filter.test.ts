import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { SAMPLE_SHRED } from '../wire/message-samples.ts'
import { isFiltering, passes } from './shred-filter.ts'

const transaction = decodeTransaction(hexToBytes(TRANSACTION_SAMPLES[0]!.signed))
const address = (byte: number) => new Uint8Array(20).fill(byte)
const topic = (byte: number) => new Uint8Array(32).fill(byte)

function isShown(addresses: readonly Uint8Array[], topics: readonly Uint8Array[] = []): boolean {
  return passes({ addresses, topics }, SAMPLE_SHRED, transaction)
}

describe('shred filter', () => {
  it('lets everything through when nothing is asked for', () => {
    expect(isShown([])).toBe(true)
    expect(isFiltering({ addresses: [], topics: [] })).toBe(false)
    expect(isFiltering({ addresses: [], topics: [topic(1)] })).toBe(true)
  })

  it('knows an address as sender, recipient, log address or changed account', () => {
    const quiet = { ...SAMPLE_SHRED, receipt: { ...SAMPLE_SHRED.receipt, logs: [] } }
    expect(isShown([address(1)])).toBe(true)
    expect(isShown([address(0x35)])).toBe(true)
    expect(isShown([address(2)])).toBe(true)
    expect(passes({ addresses: [address(2)], topics: [] }, quiet, transaction)).toBe(true)
    expect(isShown([address(9)])).toBe(false)
  })

  it('takes any of several addresses, and an address and a topic together', () => {
    expect(isShown([address(9), address(1)])).toBe(true)
    expect(isShown([address(1)], [topic(1)])).toBe(true)
    expect(isShown([address(1)], [topic(2)])).toBe(false)
    expect(isShown([address(9)], [topic(1)])).toBe(false)
  })
})
