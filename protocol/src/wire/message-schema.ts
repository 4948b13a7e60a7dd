/**
 * The messages as records, and the table of all records. A record's place in the table is its number
 * on the wire: a new one goes to the end, a place is never given to another.
 */

import type {
  Conflated,
  ConflatedAccount,
  FilterChanged,
  FilterDrop,
  FilterItems,
  Gap,
  Heartbeat,
  Hello,
  Ping,
  Refused,
  SnapshotAsk,
  SnapshotChunk,
  SnapshotHead,
  Subscribe,
} from './control-messages.ts'
import {
  BLOCK_CHOICES,
  DELIVERY_POLICIES,
  PROTOCOL_NAME,
  REFUSAL_CODES,
  SUBSCRIBER_ROLES,
} from './control-messages.ts'
import type { RecordField } from './fields.ts'
import {
  bytesUpTo,
  fixedBytes,
  flag,
  integer,
  list,
  oneOf,
  optional,
  orNull,
  record,
  text,
  uint,
} from './fields.ts'
import { FILTER_KINDS } from './filter-kinds.ts'
import {
  MAX_BLOCK_HASHES,
  MAX_CONFLATED_LOCATIONS,
  MAX_FILTER_ITEMS,
  MAX_FILTER_NAME_LENGTH,
  MAX_FILTER_PORTION_BYTES,
  MAX_HEADER_BYTES,
  MAX_LIST_ITEMS,
  MAX_QUEUE_MESSAGES,
  MAX_REQUESTS,
  MAX_SEQ,
  MAX_SNAPSHOT_CONTENT_BYTES,
  MAX_SNAPSHOT_HEAD_BYTES,
  MAX_SNAPSHOT_PLACE_BYTES,
} from './limits.ts'
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
  prevHash: optional(word),
  policy: optional(oneOf(DELIVERY_POLICIES)),
  queueMessages: optional(integer(1, MAX_QUEUE_MESSAGES)),
  blocks: optional(oneOf(BLOCK_CHOICES)),
})

const refused = record<Omit<Refused, 'type'>>({
  code: oneOf(REFUSAL_CODES),
  reason: text(),
  oldestSeq: optional(integer(0)),
})

const gap = record<Omit<Gap, 'type'>>({ fromSeq: seq, nextSeq: integer(0) })

const conflatedAccount = record<ConflatedAccount>({
  address,
  seq,
  balance: optional(uint(32)),
  nonce: optional(u64),
  code: optional(orNull(bytesUpTo())),
  storageCleared: flag(),
  slots: list(slotChange, { ascendingBy: (slot) => slot.key }),
})

const conflated = record<Omit<Conflated, 'type'>>({
  fromSeq: seq,
  nextSeq: integer(0),
  messageCount: integer(0),
  accounts: list(conflatedAccount, {
    max: MAX_CONFLATED_LOCATIONS,
    ascendingBy: (account) => account.address,
  }),
})

const heartbeat = record<Omit<Heartbeat, 'type'>>({
  nextSeq: integer(0),
  sentSeq: integer(0),
  ageMs: integer(0),
  ping: optional(integer(0)),
})

const ping = record<Omit<Ping, 'type'>>({ ping: integer(0) })

const filterName = text(MAX_FILTER_NAME_LENGTH)

const filterItems = record<Omit<FilterItems, 'type'>>({
  name: filterName,
  kind: oneOf(FILTER_KINDS),
  items: bytesUpTo(MAX_FILTER_PORTION_BYTES),
})

const filterDrop = record<Omit<FilterDrop, 'type'>>({ name: filterName })

const filterChanged = record<Omit<FilterChanged, 'type'>>({
  name: filterName,
  itemCount: integer(0, MAX_FILTER_ITEMS),
  fromSeq: integer(0),
})

const snapshotPlace = bytesUpTo(MAX_SNAPSHOT_PLACE_BYTES)

const snapshotAsk = record<Omit<SnapshotAsk, 'type'>>({
  version: integer(0, 0xffff),
  token: optional(text()),
  block: optional(word),
  after: optional(snapshotPlace),
})

const snapshotHead = record<Omit<SnapshotHead, 'type'>>({
  frame: bytesUpTo(MAX_SNAPSHOT_HEAD_BYTES),
  headers: list(bytesUpTo(MAX_HEADER_BYTES), { max: MAX_BLOCK_HASHES }),
  entryCount: integer(0),
})

const snapshotChunk = record<Omit<SnapshotChunk, 'type'>>({
  after: snapshotPlace,
  content: bytesUpTo(MAX_SNAPSHOT_CONTENT_BYTES),
  checksum: word,
  isLast: flag(),
})

/** Messages of the stream by type; `STREAM_TYPES[n]` is record n. */
export const STREAM_RECORDS = { blockOpened, shred, blockSealed, chainReverted } as const

/** Control messages by type. */
export const CONTROL_RECORDS = {
  hello,
  subscribe,
  refused,
  gap,
  conflated,
  heartbeat,
  ping,
  filterItems,
  filterDrop,
  filterChanged,
  snapshotAsk,
  snapshotHead,
  snapshotChunk,
} as const

/**
 * All records. The first byte of a message is its record's; frames begin with that of record 19, which
 * therefore never stands for a message.
 */
export const RECORDS: readonly RecordField<object>[] = [
  blockOpened,
  shred,
  blockSealed,
  chainReverted,
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
  blockEdits,
  gap,
  conflatedAccount,
  conflated,
  heartbeat,
  ping,
  filterItems,
  filterDrop,
  filterChanged,
  snapshotAsk,
  snapshotHead,
  snapshotChunk,
]

/** First byte of record 0; msgpackr gives records the bytes 0x40 to 0x5f. */
export const FIRST_RECORD_BYTE = 0x40
