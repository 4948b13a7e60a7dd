import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { SAMPLE_OPENED, SAMPLE_SEALED, SAMPLE_SHRED } from '../wire/message-samples.ts'
import { blockLine, jsonLine, shredLine } from './message-line.ts'

const sample = TRANSACTION_SAMPLES[0]!
const shred = { ...SAMPLE_SHRED, transaction: hexToBytes(sample.signed) }
const transaction = decodeTransaction(shred.transaction)
const nowUs = SAMPLE_SHRED.committedAtUs! + 1500

describe('message line', () => {
  it('tells a shred in one line', () => {
    expect(shredLine(shred, transaction, nowUs).replace(/ {2,}/g, '  ')).toBe(
      '19606599/0  0x8130a8..c377  0x010101..0101 -> 0x353535..3535  ok  21000 gas  1 log' +
        '  2 accounts, 2 slots  1.5 ms',
    )
  })

  it('tells a creation, a failure, and no age without a time', () => {
    const { committedAtUs: _, ...untimed } = shred
    const failed = { ...untimed, receipt: { ...shred.receipt, status: 0 as const } }
    const creation = { ...transaction, to: undefined }
    expect(shredLine(failed, creation, nowUs)).toMatch(/-> create {10}failed .* 2 slots$/)
  })

  it('tells the start and the end of a block', () => {
    expect(blockLine(SAMPLE_OPENED)).toBe(
      'block 19606599 opened   2024-04-07T14:26:40.000Z  gas limit 30000000',
    )
    expect(blockLine(SAMPLE_SEALED)).toBe(
      'block 19606599 sealed   0x0a0a0a..0a0a  1 shred  21000 gas',
    )
  })

  it('gives each message as one JSON object with hex for bytes and bigints', () => {
    const json = JSON.parse(jsonLine(shred, transaction, nowUs))
    expect(json).toMatchObject({
      type: 'shred',
      seq: 1,
      blockNumber: '0x12b2c47',
      transactionHash: sample.hash,
      to: `0x${'35'.repeat(20)}`,
      ageMs: 1.5,
      receipt: { status: 1, gasUsed: '0x5208' },
    })
    const amounts = json.diff.deltas.map((delta: { amount: string }) => delta.amount)
    expect(amounts).toEqual(['-0x5208', '0xde0b6b3a7640000'])
    const opened = JSON.parse(jsonLine(SAMPLE_OPENED, undefined, nowUs))
    expect(opened.context.blockHashes[1]).toEqual(['0x12b2c46', `0x${'03'.repeat(32)}`])
    expect(jsonLine(SAMPLE_SEALED, undefined, nowUs)).not.toContain('\n')
  })
})
