/** A sealed block as the shred log has it: everything that the store takes of it but the trie's nodes. */

import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import type { BlockOpened, BlockSealed, Shred } from '@shredcast/protocol/wire/messages'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { assert } from '@shredcast/shared/primitives/assert'
import type { SealedBlock } from '@shredcast/shared/state/store-block'
import type { LoggedMessages } from '@shredcast/shared/store/repositories/logged-messages'

export interface BlockInLog {
  /** Of its seal. */
  readonly lastSeq: number
  readonly shredCount: number
}

export interface StorableBlock {
  readonly block: SealedBlock
  /** Of what was edited before it, and of its steps, in order. */
  readonly diffs: readonly StateDiff[]
}

/** @throws StoreCorruptedError */
export function readLoggedBlock(
  log: LoggedMessages,
  { lastSeq, shredCount }: BlockInLog,
): StorableBlock {
  const messageCount = shredCount + 2
  const logged = log.read(lastSeq + 1 - messageCount, messageCount)
  const [opened, ...rest] = logged.map(({ bytes }) => decodeMessage(bytes))
  const sealed = rest.pop()
  assert(
    opened?.type === 'blockOpened' && sealed?.type === 'blockSealed',
    'the log has all of a block that is sealed',
  )
  const shreds = rest.map((message) => {
    assert(message.type === 'shred', 'between its opening and its seal a block has shreds')
    return message
  })
  return { block: blockOf(opened, shreds, sealed), diffs: diffsOf(opened, shreds, sealed) }
}

function blockOf(
  { context, edits }: BlockOpened,
  shreds: readonly Shred[],
  { header }: BlockSealed,
): SealedBlock {
  const transactions = shreds.map(({ transaction }) => transaction)
  const receipts = shreds.map(({ receipt }) => receipt)
  const { withdrawals } = context
  return {
    header,
    body: { transactions, ommers: [], ...(withdrawals && { withdrawals }) },
    receipts,
    edited: edits?.changes,
  }
}

function diffsOf(opened: BlockOpened, shreds: readonly Shred[], sealed: BlockSealed): StateDiff[] {
  const { edits } = opened
  const edited = edits === undefined ? [] : [{ changes: edits.changes, deltas: [], reads: [] }]
  return [...edited, ...[opened, ...shreds, sealed].map(({ diff }) => diff)]
}
