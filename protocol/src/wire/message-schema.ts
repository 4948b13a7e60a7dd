/**
 * The messages as records, and the table of all records. A record's place in the table is its number
 * on the wire: a new one goes to the end, a place is never given to another.
 */

import type { Hello, Refused, Subscribe } from './control-messages.ts'
import { PROTOCOL_NAME, REFUSAL_CODES, SUBSCRIBER_ROLES } from './control-messages.ts'
import type { RecordField } from './fields.ts'
import { bytesUpTo, fixedBytes, integer, list, oneOf, optional, record, text } from './fields.ts'
import { MAX_LIST_ITEMS, MAX_REQUESTS, MAX_SEQ } from './limits.ts'
import type { BlockOpened, BlockSealed, ChainReverted, Shred } from './messages.ts'
import {
  address,
  balanceDelta,
  blockContext,
  blockEdits,
  header,
  log,
  numberedHash,
  ommer,
  receipt,
  slotChange,
  stateChange,
  stateChanges,
  stateDiff,
  stateRead,
  u64,
  withdrawal,
  word,
} from './state-schema.ts'

const seq = integer(0, MAX_SEQ - 1)
const index = integer(0, 0xffff_ffff)

const blockOpened = record<Omit<BlockOpened, 'type'>>({
  seq,
  prevHash: word,
  context: blockContext,
  diff: stateDiff,
  edits: optional(blockEdits),
})

const shred = record<Omit<Shred, 'type'>>({
  seq,
  prevHash: word,
  blockNumber: u64,
  shredIndex: index,
  transaction: bytesUpTo(),
  sender: address,
  receipt,
  startingLogIndex: index,
  diff: stateDiff,
  committedAtUs: optional(integer(0)),
})

const blockSealed = record<Omit<BlockSealed, 'type'>>({
  seq,
  prevHash: word,
  header,
  hash: word,
  shredCount: integer(0, MAX_LIST_ITEMS),
  diff: stateDiff,
  requests: list(bytesUpTo(), {
    max: MAX_REQUESTS,
    ascendingBy: (request) => request.subarray(0, 1),
  }),
})

const chainReverted = record<Omit<ChainReverted, 'type'>>({
  seq,
  prevHash: word,
  number: u64,
  hash: word,
  changes: stateChanges,
})

const hello = record<Omit<Hello, 'type'>>({
  protocol: oneOf([PROTOCOL_NAME]),
  version: integer(0, 0xffff),
  chainId: u64,
  genesisHash: word,
  leaderKey: fixedBytes(32),
  engine: text(),
  nextSeq: integer(0),
  oldestSeq: integer(0),
  latestHash: word,
})

const subscribe = record<Omit<Subscribe, 'type'>>({
  version: integer(0, 0xffff),
  fromSeq: optional(integer(0)),
  role: oneOf(SUBSCRIBER_ROLES),
  token: optional(text()),
})

const refused = record<Omit<Refused, 'type'>>({
  code: oneOf(REFUSAL_CODES),
  reason: text(),
  oldestSeq: optional(integer(0)),
})

/** Messages of the stream by type. */
export const STREAM_RECORDS = { blockOpened, shred, blockSealed, chainReverted } as const

/** Control messages by type. */
export const CONTROL_RECORDS = { hello, subscribe, refused } as const

/** All records; the first byte of a message is the number of its own. */
export const RECORDS: readonly RecordField<object>[] = [
  blockOpened,
  shred,
  blockSealed,
  hello,
  subscribe,
  refused,
  stateDiff,
  stateChange,
  slotChange,
  balanceDelta,
  stateRead,
  receipt,
  log,
  blockContext,
  withdrawal,
  ommer,
  numberedHash,
  header,
  chainReverted,
  blockEdits,
]

/** First byte of record 0; msgpackr gives records the bytes 0x40 to 0x5f. */
export const FIRST_RECORD_BYTE = 0x40
