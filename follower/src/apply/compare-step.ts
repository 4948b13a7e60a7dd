/**
 * Compares an executed step with the message that announced it. The order is fixed, so that a lie is
 * reported the same way whenever it is caught: whether the transaction may stand there, its sender,
 * its reads (a read outside the declared ones makes everything after it doubtful), then receipt,
 * logs and writes.
 */

import type { Shred } from '@shredcast/protocol/wire/messages'
import type { Log, Receipt } from '@shredcast/shared/chain/receipt'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { differentWrite, undeclaredRead } from './compare-diff.ts'
import type { Difference } from './difference.ts'
import { difference, shown } from './difference.ts'

type TransactionStep = Exclude<CommittedStep, { type: 'system' }>

/** Opening or closing system work. */
export function compareSystemStep(own: StateDiff, sent: StateDiff): Difference | undefined {
  return undeclaredRead(own, sent) ?? differentWrite(own, sent)
}

export function compareTransaction(own: TransactionStep, sent: Shred): Difference | undefined {
  if (own.type === 'rejected') {
    const location = { kind: 'transaction', field: 'validity' } as const
    return difference('invalidTransaction', location, `invalid: ${own.reason}`, 'included')
  }
  return (
    differentSender(own.sender, sent.sender) ??
    undeclaredRead(own.diff, sent.diff) ??
    differentReceipt(own.receipt, sent.receipt) ??
    differentLog(own.receipt.logs, sent.receipt.logs) ??
    differentLogIndex(own.startingLogIndex, sent.startingLogIndex) ??
    differentWrite(own.diff, sent.diff)
  )
}

function differentSender(own: Uint8Array, sent: Uint8Array): Difference | undefined {
  if (equalBytes(own, sent)) return undefined
  return difference('sender', { kind: 'transaction', field: 'sender' }, own, sent)
}

const RECEIPT_FIELDS = ['type', 'status', 'gasUsed', 'cumulativeGasUsed'] as const

function differentReceipt(own: Receipt, sent: Receipt): Difference | undefined {
  const field = RECEIPT_FIELDS.find((name) => own[name] !== sent[name])
  return field && difference('receipt', { kind: 'receipt', field }, own[field], sent[field])
}

export function differentLogIndex(own: number, sent: number): Difference | undefined {
  if (own === sent) return undefined
  const location = { kind: 'receipt', field: 'startingLogIndex' } as const
  return difference('startingLogIndex', location, own, sent)
}

const LOG_FIELDS = ['address', 'topics', 'data'] as const

function differentLog(own: readonly Log[], sent: readonly Log[]): Difference | undefined {
  for (let index = 0; index < Math.max(own.length, sent.length); index++) {
    if (isSameLog(own[index], sent[index])) continue
    for (const field of LOG_FIELDS) {
      const expected = shownLogField(own[index], field)
      const got = shownLogField(sent[index], field)
      if (expected !== got) return difference('log', { kind: 'log', index, field }, expected, got)
    }
  }
  return undefined
}

function isSameLog(a: Log | undefined, b: Log | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    equalBytes(a.address, b.address) &&
    a.topics.length === b.topics.length &&
    a.topics.every((topic, index) => equalBytes(topic, b.topics[index]!)) &&
    equalBytes(a.data, b.data)
  )
}

function shownLogField(log: Log | undefined, field: (typeof LOG_FIELDS)[number]): string | null {
  if (log === undefined) return null
  return field === 'topics' ? log.topics.map(bytesToHex).join(' ') : shown(log[field])
}
