/**
 * A sealed block as one transaction writes it: its changes and what was there before, the trie's nodes,
 * the block itself, its transactions' places and the head; what is too old is removed.
 */

import { headerHash } from '../chain/header.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { TrieWriter } from '../chain/state-trie.ts'
import { transactionHash } from '../chain/transaction.ts'
import { BaseError } from '../primitives/base-error.ts'
import { bytesToHex, equalBytes } from '../primitives/bytes.ts'
import type { StoredBlock } from '../store/repositories/block-repository.ts'
import type { Head } from '../store/repositories/meta-repository.ts'
import type { StoreTables } from '../store/store.ts'
import { MEND, StoreCorruptedError } from '../store/store-error.ts'
import { writeChanges } from './block-writes.ts'

/** A block and its content, without its hash, which its header says. */
export interface SealedBlock extends Omit<StoredBlock, 'hash'> {
  /** What was changed by hand before it; the diffs begin with it. */
  readonly edited?: readonly StateChange[] | undefined
}

/** What the store has from now on. */
export interface BlockStored {
  readonly head: Head
  /** Keys of old change sets that were removed. */
  readonly changedKeysPruned: number
}

/** The block does not follow the head. */
export class NotNextBlockError extends BaseError {
  override readonly name = 'State.NotNextBlockError'
}

export interface StoreBlockInput {
  readonly block: SealedBlock
  /** Of its steps, in order. */
  readonly diffs: readonly StateDiff[]
  readonly writeTrie?: TrieWriter
  /** How far back the state can be read. */
  readonly statesKept: number
}

/** Keys of old change sets removed per block, besides twice those that it adds. */
const CHANGED_KEYS_PRUNED = 10_000

/**
 * Within a transaction, on the thread that writes the chain: makes the block the head.
 * @throws NotNextBlockError
 */
export function storeBlock(tables: StoreTables, input: StoreBlockInput): BlockStored {
  const { block, diffs, writeTrie, statesKept } = input
  assertNext(tables, block)
  const { number } = block.header
  const head = { number, hash: headerHash(block.header) }
  const changes = writeChanges(tables, changesOf(diffs))
  tables.changeSets.put(number, changes)
  writeTrie?.(tables.trieNodes)
  tables.blocks.put({ ...block, hash: head.hash })
  if (block.edited?.length) tables.edits.put(number, block.edited)
  for (const [index, bytes] of block.body.transactions.entries()) {
    tables.transactions.put(transactionHash(bytes), { blockNumber: number, index })
  }
  tables.meta.setHead(head)
  const addedKeyCount = changes.accounts.length + changes.slots.length
  return { head, changedKeysPruned: prune(tables, number - BigInt(statesKept), addedKeyCount) }
}

function assertNext({ meta }: StoreTables, { header }: SealedBlock): void {
  const { head } = meta
  if (head === undefined) throw new StoreCorruptedError(`the store lacks its head: ${MEND}`)
  const { number, parentHash } = header
  if (number === head.number + 1n && equalBytes(parentHash, head.hash)) return
  throw new NotNextBlockError(
    `block ${number} on ${bytesToHex(parentHash)} does not follow block ${head.number}, ` +
      bytesToHex(head.hash),
  )
}

/** What is older than the history is removed over several blocks if it is much. */
function prune({ meta, changeSets, edits }: StoreTables, oldest: bigint, addedKeyCount: number) {
  if (oldest <= 0n) return 0
  if (oldest > (meta.historyStart ?? 0n)) meta.setHistoryStart(oldest)
  edits.prune(oldest)
  return changeSets.prune(oldest, CHANGED_KEYS_PRUNED + 2 * addedKeyCount)
}

function* changesOf(diffs: readonly StateDiff[]): Generator<StateChange> {
  for (const { changes } of diffs) yield* changes
}
