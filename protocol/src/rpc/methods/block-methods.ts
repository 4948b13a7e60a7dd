/** Blocks, their transactions and receipts. */

import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { findBlock } from '../find-block.ts'
import type { MethodTable, RpcContext, RpcMethod } from '../method.ts'
import type { Params } from '../params.ts'
import { quantity } from '../quantity.ts'
import { blockJson, headJson } from '../shapes/block-json.ts'
import { receiptJson } from '../shapes/receipt-json.ts'
import { pendingTransactionJson, transactionJson } from '../shapes/transaction-json.ts'

export const blockMethods: MethodTable = {
  ...numberAndHash('eth_getBlockBy', '', 2, wholeBlock),
  ...numberAndHash('eth_getHeaderBy', '', 1, headJson),
  ...numberAndHash('eth_getBlockTransactionCountBy', '', 1, ({ transactions }) =>
    quantity(transactions.length),
  ),
  ...numberAndHash('eth_getUncleCountByBlock', '', 1, () => quantity(0)),
  ...numberAndHash('eth_getUncleByBlock', 'AndIndex', 2, () => null),
  ...numberAndHash('eth_getTransactionByBlock', 'AndIndex', 2, transactionAt),
  ...numberAndHash('eth_getRawTransactionByBlock', 'AndIndex', 2, rawTransactionAt),
  eth_getRawTransactionByHash: { least: 1, most: 1, run: rawTransaction },
  eth_getTransactionByHash: { least: 1, most: 1, run: transactionByHash },
  eth_getTransactionReceipt: { least: 1, most: 1, run: transactionReceipt },
  eth_getBlockReceipts: { least: 1, most: 1, run: blockReceipts },
}

/** The two methods of a name that ends in Number and in Hash; null when there is no such block. */
function numberAndHash(
  name: string,
  ending: string,
  most: number,
  answer: (block: BlockRecord, params: Params, context: RpcContext) => unknown,
): MethodTable {
  const method = (select: (params: Params) => Parameters<typeof findBlock>[1]): RpcMethod => ({
    least: most,
    most,
    run: (params, context) => {
      const block = findBlock(context.backend.chain, select(params))
      return block === undefined ? null : answer(block, params, context)
    },
  })
  return {
    [`${name}Number${ending}`]: method((params) => params.tagOrNumber(0)),
    [`${name}Hash${ending}`]: method((params) => ({ hash: params.hash(0) })),
  }
}

/** With hashes of transactions, or with the transactions themselves. */
async function wholeBlock(block: BlockRecord, params: Params, { yieldTurn }: RpcContext) {
  const json = blockJson(block)
  if (!params.flag(1)) return json
  const transactions: ReturnType<typeof transactionJson>[] = []
  for (const record of block.transactions) {
    transactions.push(transactionJson(block, record))
    await yieldTurn()
  }
  return { ...json, transactions }
}

function transactionAt(block: BlockRecord, params: Params) {
  const transaction = block.transactions[params.smallQuantity(1)]
  return transaction === undefined ? null : transactionJson(block, transaction)
}

function rawTransactionAt(block: BlockRecord, params: Params) {
  const transaction = block.transactions[params.smallQuantity(1)]
  return transaction === undefined ? null : bytesToHex(transaction.bytes)
}

/** As signed; `0x` when it is not known, as geth has it. */
export function rawTransaction(params: Params, { backend }: RpcContext) {
  const hash = params.hash(0)
  const bytes = backend.chain.transaction(hash)?.transaction.bytes
  return bytesToHex(bytes ?? backend.pool?.get(hash)?.bytes ?? new Uint8Array(0))
}

function transactionByHash(params: Params, { backend }: RpcContext) {
  const hash = params.hash(0)
  const placed = backend.chain.transaction(hash)
  if (placed !== undefined) return transactionJson(placed.block, placed.transaction)
  const pending = backend.pool?.get(hash)
  return pending === undefined ? null : pendingTransactionJson(pending)
}

function transactionReceipt(params: Params, { backend }: RpcContext) {
  const placed = backend.chain.transaction(params.hash(0))
  if (placed === undefined) return null
  return receiptJson(placed.block, placed.transaction, backend.chain.config)
}

async function blockReceipts(params: Params, { backend, yieldTurn }: RpcContext) {
  const block = findBlock(backend.chain, params.block(0))
  if (block === undefined) return null
  const receipts: ReturnType<typeof receiptJson>[] = []
  for (const record of block.transactions) {
    receipts.push(receiptJson(block, record, backend.chain.config))
    await yieldTurn()
  }
  return receipts
}
