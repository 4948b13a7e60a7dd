/** Sending signed transactions, and waiting for their receipts (EIP-7966). */

import { MalformedSidecarError, splitSidecar } from '@shredcast/shared/chain/blob-sidecar'
import type { PlacedTransaction } from '@shredcast/shared/chain/block-record'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { TransactionPool } from '../backend.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { parseHexQuantity } from '../params.ts'
import { AlreadyKnownError, NonceGapError, TransactionRefusedError } from '../pool-error.ts'
import { quantity } from '../quantity.ts'
import {
  METHOD_NOT_FOUND,
  RpcError,
  SERVER_ERROR,
  SYNC_NONCE_GAP,
  SYNC_NOT_READY,
  SYNC_TIMEOUT,
} from '../rpc-error.ts'
import { receiptJson } from '../shapes/receipt-json.ts'

const DEFAULT_TIMEOUT_MS = 2000
const TIMEOUT_MAX_MS = 30_000

export const sendMethods: MethodTable = {
  eth_sendRawTransaction: { least: 1, most: 1, run: send },
  eth_sendRawTransactionSync: { least: 1, most: 2, run: sendSync },
}

async function send(params: Params, context: RpcContext) {
  const hash = await admit(poolOf(context), sentTransaction(params), false)
  // Clients look for the receipt once, and then with each new block.
  if (context.backend.dev?.blocks.intervalSeconds === 0) await commitOf(hash, context)
  return bytesToHex(hash)
}

/** Resolves when the transaction is committed, or when it is known that it has to wait. */
export async function commitOf(hash: Uint8Array, context: RpcContext): Promise<void> {
  const { chain, pool, dev } = context.backend
  const isWaiting = pool?.get(hash)?.isReady === false || dev?.blocks.isAutomine === false
  if (isWaiting || chain.transaction(hash) !== undefined) return
  await context.receiptWaits.wait(hash, DEFAULT_TIMEOUT_MS)
}

/** Sending what is known already waits for the same receipt. */
async function sendSync(params: Params, context: RpcContext) {
  const sent = sentTransaction(params)
  const timeoutMs = timeoutOf(params.value(1))
  const pool = poolOf(context)
  const known = transactionHash(sent.bytes)
  const { chain } = context.backend
  const isKnown = chain.transaction(known) !== undefined || pool.get(known) !== undefined
  const hash = isKnown ? known : await admit(pool, sent, true)
  const placed = chain.transaction(hash)
  if (placed !== undefined) return receiptOf(placed, context)
  if (pool.get(hash)?.isReady === false) {
    throw new RpcError(SYNC_NOT_READY, 'the transaction waits for others of its sender')
  }
  const outcome = await context.receiptWaits.wait(hash, timeoutMs)
  if (outcome.type === 'committed') return receiptOf(outcome.placed, context)
  if (outcome.type === 'dropped') throw new RpcError(SERVER_ERROR, outcome.reason)
  const message = `the transaction was added but not executed within ${timeoutMs} ms`
  throw new RpcError(SYNC_TIMEOUT, message, bytesToHex(hash))
}

function poolOf({ backend }: RpcContext): TransactionPool {
  if (backend.pool !== undefined) return backend.pool
  throw new RpcError(METHOD_NOT_FOUND, 'this node takes no transactions')
}

type SentTransaction = ReturnType<typeof splitSidecar>

/** As blocks hold it, with what it came with; the rest is the pool's to judge. */
function sentTransaction(params: Params): SentTransaction {
  try {
    return splitSidecar(params.bytes(0))
  } catch (error) {
    if (!(error instanceof MalformedSidecarError)) throw error
    throw new RpcError(SERVER_ERROR, error.shortMessage)
  }
}

async function admit(
  pool: TransactionPool,
  { bytes, sidecar }: SentTransaction,
  isSync: boolean,
): Promise<Uint8Array> {
  try {
    return await pool.add(bytes, { mustBeReady: isSync, sidecar })
  } catch (error) {
    // Another request sent the same at the same time: wait with it.
    if (isSync && error instanceof AlreadyKnownError) return transactionHash(bytes)
    if (isSync && error instanceof NonceGapError) {
      throw new RpcError(SYNC_NONCE_GAP, error.shortMessage, quantity(error.nextNonce))
    }
    if (error instanceof TransactionRefusedError) {
      throw new RpcError(SERVER_ERROR, error.shortMessage)
    }
    throw error
  }
}

/** Clients write it as a number or in hex, and none as null or 0; too long is cut. */
function timeoutOf(value: unknown): number {
  if (value === undefined || value === 0) return DEFAULT_TIMEOUT_MS
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value > 0
  const timeoutMs = isNumber ? value : Number(parseHexQuantity(value, 'timeout', 64))
  return timeoutMs === 0 ? DEFAULT_TIMEOUT_MS : Math.min(timeoutMs, TIMEOUT_MAX_MS)
}

function receiptOf({ block, transaction }: PlacedTransaction, { backend }: RpcContext) {
  return receiptJson(block, transaction, backend.chain.config)
}
