import type { Shred } from '@shredcast/protocol/wire/messages'
import type { Log } from '@shredcast/shared/chain/receipt'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { READ_BALANCE, READ_NONCE } from '@shredcast/shared/chain/state-change'
import type { CommittedTransaction } from '@shredcast/shared/engine/committed-step'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { compareSystemStep, compareTransaction } from './compare-step.ts'

const A = new Uint8Array(20).fill(0xaa)
const B = new Uint8Array(20).fill(0xbb)
const C = new Uint8Array(20).fill(0xcc)
const KEY = new Uint8Array(32).fill(1)
const OTHER_KEY = new Uint8Array(32).fill(2)
const VALUE = new Uint8Array(32).fill(3)

const DIFF: StateDiff = {
  changes: [
    { address: A, balance: 5n, nonce: 1n, slots: [] },
    { address: B, balance: 9n, code: B, slots: [{ key: KEY, value: VALUE }] },
  ],
  deltas: [{ address: A, amount: -3n }],
  reads: [{ address: B, fields: READ_BALANCE, slots: [KEY] }],
}
const NOTHING: StateDiff = { changes: [], deltas: [], reads: [] }
const LOG: Log = { address: B, topics: [KEY], data: VALUE }

const STEP: CommittedTransaction = {
  type: 'transaction',
  txIndex: 4,
  shredIndex: 3,
  transaction: new Uint8Array(1),
  sender: A,
  receipt: { type: 2, status: 1, gasUsed: 30n, cumulativeGasUsed: 90n, logs: [LOG] },
  startingLogIndex: 2,
  diff: DIFF,
}

function shred(fields: Partial<Shred> = {}): Shred {
  const { sender, receipt, startingLogIndex, diff, transaction, shredIndex } = STEP
  return {
    type: 'shred',
    seq: 4,
    prevHash: KEY,
    blockNumber: 1n,
    ...{ sender, receipt, startingLogIndex, diff, transaction, shredIndex },
    ...fields,
  }
}

const withDiff = (fields: Partial<StateDiff>) => shred({ diff: { ...DIFF, ...fields } })
const withReceipt = (fields: Partial<Shred['receipt']>) =>
  shred({ receipt: { ...STEP.receipt, ...fields } })

describe('comparing a transaction with its shred', () => {
  it('finds nothing where they agree', () => {
    expect(compareTransaction(STEP, shred())).toBeUndefined()
  })

  it('reports a transaction that is invalid where it stands', () => {
    const { txIndex, transaction, sender } = STEP
    const reason = 'nonce too low' as const
    const rejected = { type: 'rejected', txIndex, transaction, sender, reason } as const
    expect(compareTransaction(rejected, shred())).toMatchObject({
      kind: 'invalidTransaction',
      expected: 'invalid: nonce too low',
    })
  })

  it('looks at the sender, the reads, the receipt, the logs and the writes, in this order', () => {
    const lies: readonly (readonly [string, Partial<Shred>])[] = [
      ['sender', { sender: B }],
      ['undeclaredRead', { diff: { ...NOTHING, deltas: DIFF.deltas } }],
      ['receipt', { receipt: { ...STEP.receipt, gasUsed: 1n, logs: [] } }],
      ['log', { receipt: { ...STEP.receipt, logs: [] } }],
      ['startingLogIndex', { startingLogIndex: 0 }],
      ['missingWrite', { diff: { ...DIFF, changes: [] } }],
    ]
    let together: Partial<Shred> = {}
    for (const [kind, lie] of lies.toReversed()) {
      together = { ...together, ...lie }
      expect(compareTransaction(STEP, shred(together))?.kind).toBe(kind)
    }
  })

  it('lets a shred declare reads that were not made', () => {
    const reads = [
      { address: A, fields: READ_NONCE, slots: [] },
      { address: B, fields: READ_BALANCE | READ_NONCE, slots: [KEY, OTHER_KEY] },
    ]
    expect(compareTransaction(STEP, withDiff({ reads }))).toBeUndefined()
  })

  it('names the location of a read that is not declared', () => {
    const address = bytesToHex(B)
    const field = withDiff({ reads: [{ address: B, fields: READ_NONCE, slots: [KEY] }] })
    expect(compareTransaction(STEP, field)?.location).toEqual({ kind: 'balance', address })
    const slot = withDiff({ reads: [{ address: B, fields: READ_BALANCE, slots: [OTHER_KEY] }] })
    expect(compareTransaction(STEP, slot)?.location).toEqual({
      kind: 'slot',
      address,
      key: bytesToHex(KEY),
    })
  })

  it('shows the values of the receipt on both sides', () => {
    expect(compareTransaction(STEP, withReceipt({ cumulativeGasUsed: 91n }))).toEqual({
      kind: 'receipt',
      location: { kind: 'receipt', field: 'cumulativeGasUsed' },
      expected: '90',
      got: '91',
    })
  })

  it('finds a log that was added, and a topic that differs', () => {
    expect(compareTransaction(STEP, withReceipt({ logs: [LOG, LOG] }))).toMatchObject({
      location: { kind: 'log', index: 1, field: 'address' },
      expected: null,
    })
    const logs = [{ ...LOG, topics: [KEY, OTHER_KEY] }]
    expect(compareTransaction(STEP, withReceipt({ logs }))).toMatchObject({
      location: { kind: 'log', index: 0, field: 'topics' },
      got: `${bytesToHex(KEY)} ${bytesToHex(OTHER_KEY)}`,
    })
  })

  it('finds the first write that differs, by account and then by field', () => {
    const changes = [
      { address: A, balance: 5n, nonce: 1n, slots: [] },
      { address: B, balance: 8n, code: C, slots: [] },
      { address: C, nonce: 1n, slots: [] },
    ]
    expect(compareTransaction(STEP, withDiff({ changes }))).toEqual({
      kind: 'wrongValue',
      location: { kind: 'balance', address: bytesToHex(B) },
      expected: '9',
      got: '8',
    })
  })

  it('tells deleted code, cleared storage and unchanged ones apart', () => {
    const [first, second] = DIFF.changes as [StateDiff['changes'][0], StateDiff['changes'][0]]
    const deleted = withDiff({ changes: [first, { ...second, code: null }] })
    expect(compareTransaction(STEP, deleted)).toMatchObject({
      kind: 'wrongValue',
      got: 'account deleted',
    })
    const cleared = withDiff({ changes: [first, { ...second, storageCleared: true }] })
    expect(compareTransaction(STEP, cleared)).toMatchObject({
      kind: 'extraWrite',
      location: { kind: 'storageEpoch' },
    })
  })

  it('wants the lazy writes to be the same lazy writes', () => {
    const deltas = [
      { address: A, amount: -3n },
      { address: B, amount: 1n },
    ]
    expect(compareTransaction(STEP, withDiff({ deltas }))).toEqual({
      kind: 'delta',
      location: { kind: 'balance', address: bytesToHex(B) },
      expected: null,
      got: '1',
    })
  })
})

describe('comparing system work', () => {
  it('finds what differs in reads and writes', () => {
    expect(compareSystemStep(DIFF, DIFF)).toBeUndefined()
    expect(compareSystemStep(DIFF, { ...DIFF, reads: [] })?.kind).toBe('undeclaredRead')
    expect(compareSystemStep(NOTHING, DIFF)?.kind).toBe('extraWrite')
  })
})
