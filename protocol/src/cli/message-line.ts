/** Messages of the stream as lines: a readable one for people, a JSON object for programs. */

import type { Transaction } from '@shredcast/shared/chain/transaction'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type {
  BlockOpened,
  BlockSealed,
  ChainReverted,
  Shred,
  StreamMessage,
} from '../wire/messages.ts'

/** One line about a shred; `nowUs` is this machine's clock in microseconds since 1970. */
export function shredLine(shred: Shred, transaction: Transaction, nowUs: number): string {
  const { receipt, diff } = shred
  const recipient = transaction.to === undefined ? 'create' : short(transaction.to)
  const slots = diff.changes.reduce((sum, change) => sum + change.slots.length, 0)
  const parts = [
    `${shred.blockNumber}/${shred.shredIndex}`.padEnd(13),
    short(transactionHash(shred.transaction)),
    `${short(shred.sender)} -> ${recipient.padEnd(14)}`,
    receipt.status === 1 ? 'ok    ' : 'failed',
    `${receipt.gasUsed} gas`.padStart(12),
    count(receipt.logs.length, 'log').padStart(7),
    `${count(diff.changes.length, 'account')}, ${count(slots, 'slot')}`.padEnd(22),
  ]
  const ageMs = ageOf(shred, nowUs)
  if (ageMs !== undefined) parts.push(`${ageMs.toFixed(1)} ms`)
  return parts.join('  ').trimEnd()
}

/** One line about the start or the end of a block, or about blocks that are no more. */
export function blockLine(message: BlockOpened | BlockSealed | ChainReverted): string {
  if (message.type === 'chainReverted') {
    return `chain reverted to block ${message.number}  ${short(message.hash)}`
  }
  if (message.type === 'blockOpened') {
    const { number, timestamp, gasLimit } = message.context
    const time = new Date(Number(timestamp) * 1000).toISOString()
    return `block ${number} opened   ${time}  gas limit ${gasLimit}`
  }
  const { header, hash, shredCount } = message
  const shreds = count(shredCount, 'shred')
  return `block ${header.number} sealed   ${short(hash)}  ${shreds}  ${header.gasUsed} gas`
}

/**
 * The message as a JSON object on one line: bytes and bigints as hex strings. A shred also tells its
 * transaction's hash and recipient, and its age.
 */
export function jsonLine(
  message: StreamMessage,
  transaction: Transaction | undefined,
  nowUs: number,
): string {
  const extra =
    message.type === 'shred' && transaction !== undefined
      ? {
          transactionHash: transactionHash(message.transaction),
          to: transaction.to ?? null,
          ageMs: ageOf(message, nowUs),
        }
      : {}
  return JSON.stringify({ ...message, ...extra }, (_, value: unknown) => {
    if (typeof value === 'bigint') return signedHex(value)
    if (value instanceof Uint8Array) return bytesToHex(value)
    return value instanceof Map ? [...value] : value
  })
}

/** From the leader's commit to now, in ms: true only as far as the two clocks agree. */
function ageOf(shred: Shred, nowUs: number): number | undefined {
  return shred.committedAtUs === undefined ? undefined : (nowUs - shred.committedAtUs) / 1000
}

function signedHex(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`
}

function short(bytes: Uint8Array): string {
  const hex = bytesToHex(bytes)
  return `${hex.slice(0, 8)}..${hex.slice(-4)}`
}

function count(howMany: number, what: string): string {
  return `${howMany} ${what}${howMany === 1 ? '' : 's'}`
}
