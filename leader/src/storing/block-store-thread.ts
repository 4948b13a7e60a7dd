/**
 * The thread of `BlockStore`: reads each sealed block from the shred log and makes it the store's head,
 * in one transaction; then what the log need not keep is removed.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { readTrieBatch } from '@shredcast/shared/engine/trie-batch'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { storeBlock } from '@shredcast/shared/state/store-block'
import { StoreWriter } from '@shredcast/shared/store/store'
import type { BlockOrder, BlockStoreNotice, BlockStoreSetup, Pruned } from './block-order.ts'
import { readLoggedBlock } from './logged-block.ts'

/** Removed per block at most: twice what a block can add, so that it never falls behind. */
const LOG_MESSAGES_PRUNED = 2 * 65_538

const { store: options, retention } = workerData as BlockStoreSetup
const store = StoreWriter.openBeside(options)

async function take(order: BlockOrder): Promise<Pruned> {
  const { lastSeq, nodes } = order
  const { block, diffs } = readLoggedBlock(store.messages, order)
  // What goes to the disk now would have this block, but not the log's newest messages.
  await store.flushEnded()
  const { changedKeysPruned } = await store.transact(() =>
    storeBlock(store, {
      block,
      diffs,
      statesKept: retention.blocks,
      writeTrie: (sink) => readTrieBatch(nodes, sink),
    }),
  )
  const messages = store.messages.prune(retention.log, { lastSeq, count: LOG_MESSAGES_PRUNED })
  const historyStart = store.snapshot(() => store.meta.historyStart) ?? 0n
  return { messages, changedKeys: changedKeysPruned, historyStart }
}

function noticeOf(error: unknown): BlockStoreNotice {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const { shortMessage = message, details = stack } = error instanceof BaseError ? error : {}
  return { type: 'failed', name, message: shortMessage, details }
}

const tell = (notice: BlockStoreNotice) => parentPort?.postMessage(notice)

async function obey(order: BlockOrder | 'close'): Promise<void> {
  if (order === 'close') {
    await store.close().finally(() => parentPort?.close())
  } else {
    tell({ type: 'stored', pruned: await take(order) })
  }
}

let done = Promise.resolve()
parentPort?.on('message', (order: BlockOrder | 'close') => {
  done = done.then(() => obey(order)).catch((error) => tell(noticeOf(error)))
})
