/** The state and the block at a place in the chain, with what comes before executed again. */

import { setTimeout } from 'node:timers/promises'
import type { BlockContext } from '../../chain/block.ts'
import { blockContextOf } from '../../chain/block.ts'
import type { ChainConfig } from '../../chain/chain-config.ts'
import type { Header } from '../../chain/header.ts'
import { headerHash } from '../../chain/header.ts'
import type {
  HistoricBlock,
  HistoryReader,
  TransactionOutcome,
} from '../../chain/history-reader.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { decodeTransaction } from '../../chain/transaction.ts'
import { assert } from '../../primitives/assert.ts'
import type { ExecutionResult } from '../reference/execution-result.ts'
import type { ReferenceExecutor } from '../reference/reference-executor.ts'
import { senderOnChain } from '../sender.ts'
import type { BlockHashes } from './block-hashes.ts'
import { HistoryRefusedError, ReceiptMismatchError } from './history-error.ts'
import type { ChainPlace } from './history-job.ts'
import { OverlayState } from './overlay-state.ts'
import { unpackBlock } from './packed-block.ts'
import type { CurrentTracer } from './transaction-tracer.ts'

/** The store takes a sealed block a moment after it is told; so long between two looks. */
const STORE_POLL_MS = 2

export interface SentTransaction {
  readonly transaction: Transaction
  readonly sender: Uint8Array
}

export interface OpenPlace {
  readonly state: OverlayState
  readonly context: BlockContext
  /** The block that the place is in; of one behind a stored block, that block. */
  readonly block: HistoricBlock
  /** The stored block whose state was taken, and its hash. */
  readonly parent: { readonly header: Header; readonly hash: Uint8Array }
  /** Of the transactions of the block that come before. */
  readonly logCount: number
}

/** What executions on states of the past need; of one thread. */
export interface HistoryExecutors {
  readonly config: ChainConfig
  readonly reader: HistoryReader
  readonly hashes: BlockHashes
  readonly plain: ReferenceExecutor
  /** Tells `current` what it does. */
  readonly tracing: ReferenceExecutor
  readonly current: CurrentTracer
  /** @throws ExecutionStoppedError */
  readonly assertGoesOn: () => void
}

/** @throws HistoryRefusedError when the state is not kept */
export async function openPlace(
  { config, reader, hashes, plain, assertGoesOn }: HistoryExecutors,
  place: ChainPlace,
): Promise<OpenPlace> {
  const { parent: number, within } = place
  const newest = within === undefined || within.open !== undefined ? number : number + 1n
  while (reader.head < newest) {
    await setTimeout(STORE_POLL_MS)
    assertGoesOn()
  }
  const base = reader.stateAt(number)
  const header = reader.header(number)
  if (base === undefined || header === undefined) {
    throw new HistoryRefusedError(`state of block ${number} is not kept any more`)
  }
  const state = new OverlayState(base)
  const parent = { header, hash: headerHash(header) }
  const block = within?.open ? unpackBlock(within.open) : reader.block(newest)
  assert(block !== undefined, 'blocks up to the head are stored')
  const blockHashes = hashes.before(block.header)
  const { withdrawals } = block
  const context = blockContextOf(block.header, {
    ommers: [],
    blockHashes,
    ...(withdrawals && { withdrawals }),
  })
  let logCount = 0
  if (within !== undefined) {
    state.edit(within.edited ?? [])
    plain.openBlock(context)
    state.apply((await plain.executeOpening(state)).writes)
    for (let index = 0; index < within.count; index++) {
      assertGoesOn()
      const sent = readTransaction(block, index, config)
      logCount += (await executeAgain(plain, state, block, index, sent)).logs.length
    }
  }
  return { state, context, block, parent, logCount }
}

/** The transaction at `index` with its sender. */
export function readTransaction(
  { transactions }: HistoricBlock,
  index: number,
  config: ChainConfig,
): SentTransaction {
  const bytes = transactions[index]
  assert(bytes !== undefined, 'the block has the transaction')
  const transaction = decodeTransaction(bytes)
  const sender = senderOnChain(transaction, config)
  assert(sender !== undefined, 'a transaction of a block has a sender')
  return { transaction, sender }
}

/**
 * Executes the transaction at `index` behind those before it; its block is open.
 * @throws ReceiptMismatchError
 */
export async function executeAgain(
  executor: ReferenceExecutor,
  state: OverlayState,
  { header, outcomes }: HistoricBlock,
  index: number,
  { transaction, sender }: SentTransaction,
): Promise<ExecutionResult> {
  const outcome = outcomes[index]
  assert(outcome !== undefined, 'the block has the receipt')
  const result = await executor.executeTransaction(transaction, sender, state, { eager: true })
  compare(result, outcome, `transaction ${index} of block ${header.number}`)
  state.apply(result.writes)
  return result
}

function compare(result: ExecutionResult, outcome: TransactionOutcome, what: string): void {
  const { status, gasUsed } = result
  if (status === outcome.status && gasUsed === outcome.gasUsed) return
  throw new ReceiptMismatchError(
    `${what} came to status ${status} and ${gasUsed} gas, its receipt says ${outcome.status} and ` +
      outcome.gasUsed,
  )
}
