/**
 * The messages of the stream, in the order a receiver meets them: a block opens, one shred follows
 * for each committed transaction, the block is sealed.
 *
 *     BlockOpened -> Shred* -> BlockSealed -> BlockOpened -> ...
 *
 * On a development chain, between two blocks, ChainReverted: the next block stands on an older one.
 *
 * `seq` counts all of them from 0 without a gap, and `prevHash` is keccak-256 of the previous
 * message's encoded bytes (32 zero bytes before the first): whoever holds one message's hash can check
 * every later one.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { Header } from '@shredcast/shared/chain/header'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'

interface ChainLink {
  readonly seq: number
  readonly prevHash: Uint8Array
}

export interface BlockOpened extends ChainLink {
  readonly type: 'blockOpened'
  readonly context: BlockContext
  /** What the block's opening system work did (EIP-4788, EIP-2935, the DAO fork). */
  readonly diff: StateDiff
  /** Of a development chain; they come before the opening work. */
  readonly edits?: BlockEdits
}

export interface Shred extends ChainLink {
  readonly type: 'shred'
  readonly blockNumber: bigint
  /** Index of the transaction in its block. */
  readonly shredIndex: number
  /** The signed transaction as the block has it (EIP-2718). */
  readonly transaction: Uint8Array
  readonly sender: Uint8Array
  readonly receipt: Receipt
  /** Block-wide index of the receipt's first log. */
  readonly startingLogIndex: number
  readonly diff: StateDiff
  /** The leader's clock when it took the commit from its engine, in microseconds since 1970. */
  readonly committedAtUs?: number
}

export interface BlockSealed extends ChainLink {
  readonly type: 'blockSealed'
  readonly header: Header
  readonly hash: Uint8Array
  readonly shredCount: number
  /** What the block's closing system work did (withdrawals, requests, rewards). */
  readonly diff: StateDiff
  /** EIP-7685 requests, type byte first, ascending by type; empty before Prague. */
  readonly requests: readonly Uint8Array[]
}

/** A development chain goes back to a block that was sealed: those above it are no part of it any more. */
export interface ChainReverted extends ChainLink {
  readonly type: 'chainReverted'
  /** Of the block that is the newest now. */
  readonly number: bigint
  readonly hash: Uint8Array
  /** What leads from the newest state to the one behind that block, whose root proves it. */
  readonly changes: readonly StateChange[]
}

export type StreamMessage = BlockOpened | Shred | BlockSealed | ChainReverted

type Unlinked<M> = M extends StreamMessage ? Omit<M, keyof ChainLink> : never

/** A message before it has its place in the chain. */
export type MessageDraft = Unlinked<StreamMessage>
