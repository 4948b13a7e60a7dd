/**
 * What the shred log has behind the newest block of the store: a block that was open, or sealed but
 * not yet stored, when the process ended.
 */

import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import type {
  BlockOpened,
  BlockSealed,
  ChainReverted,
  Shred,
  StreamMessage,
} from '@shredcast/protocol/wire/messages'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Head } from '@shredcast/shared/store/repositories/meta-repository'
import type { ShredLog } from '@shredcast/shared/store/repositories/shred-log'

/** A block as far as it was logged. */
export interface LoggedBlock {
  readonly opened: BlockOpened
  readonly shreds: readonly Shred[]
  readonly sealed?: BlockSealed
}

/** The log and the blocks of a data folder are not of one history. */
export class LogMismatchError extends BaseError {
  override readonly name = 'Leader.LogMismatchError'
}

const PORTION = 512

/**
 * The blocks above `head`, in order; all but the last are sealed.
 * @throws LogMismatchError, StoreCorruptedError
 */
export function loggedBlocksAbove(log: ShredLog, head: Head): LoggedBlock[] {
  const blocks: { opened: BlockOpened; shreds: Shred[]; sealed?: BlockSealed }[] = []
  for (const message of messagesAbove(log, head)) {
    const { type } = message
    const block = blocks.at(-1)
    const isOpen = block !== undefined && block.sealed === undefined
    if (type === 'blockOpened' && !isOpen && message.context.number === numberOf(head, blocks)) {
      blocks.push({ opened: message, shreds: [] })
    } else if (type === 'shred' && isOpen && message.shredIndex === block.shreds.length) {
      block.shreds.push(message)
    } else if (type === 'blockSealed' && isOpen) {
      block.sealed = message
    } else {
      throw new LogMismatchError(
        `message ${message.seq} of the shred log (${type}) does not follow block ${head.number} ` +
          'of the store: put a copy of the folder in its place',
      )
    }
  }
  return blocks
}

function numberOf(head: Head, blocks: readonly LoggedBlock[]): bigint {
  return head.number + BigInt(blocks.length) + 1n
}

/** Backwards up to where the head became the head, or to the beginning of the log. */
function messagesAbove(log: ShredLog, head: Head): StreamMessage[] {
  const portions: StreamMessage[][] = []
  const { firstSeq, nextSeq } = log
  for (let end = nextSeq; end > firstSeq; end -= PORTION) {
    const start = Math.max(firstSeq, end - PORTION)
    const portion = log.read(start, end - start).map(({ bytes }) => decodeMessage(bytes))
    const sealIndex = portion.findLastIndex((message) => isSealUpTo(head, message))
    portions.push(portion.slice(sealIndex + 1))
    if (sealIndex >= 0) break
  }
  return portions.reverse().flat()
}

function isSealUpTo(head: Head, message: StreamMessage): boolean {
  if (message.type === 'chainReverted' && isAt(head, message)) return true
  if (message.type !== 'blockSealed' || message.header.number > head.number) return false
  if (isAt(head, { number: message.header.number, hash: message.hash })) return true
  throw new LogMismatchError(
    `the shred log ends with block ${message.header.number} ${bytesToHex(message.hash)}, the store ` +
      `with block ${head.number} ${bytesToHex(head.hash)}: put a copy of the folder in its place`,
  )
}

function isAt(head: Head, { number, hash }: Head): boolean {
  return number === head.number && equalBytes(hash, head.hash)
}

/** The way back that the log ends with, if the store has not gone it yet: to a block below `head`. */
export function loggedRevert(log: ShredLog, head: Head): ChainReverted | undefined {
  if (log.nextSeq === log.firstSeq) return undefined
  const [last] = log.read(log.nextSeq - 1, 1)
  const message = last && decodeMessage(last.bytes)
  return message?.type === 'chainReverted' && message.number < head.number ? message : undefined
}
