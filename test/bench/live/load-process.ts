/** The load generator of `bench live`: it takes one plan from its parent, and answers once. */

import type { SignedTransaction } from './live-mixes.ts'
import { SENDER_COUNT } from './live-mixes.ts'
import type { LoadPlan, LoadResult } from './load-plan.ts'
import { RpcConnection } from './rpc-connection.ts'

const POLL_MS = 2
const RECEIPTS_A_CALL = 200
/** How long receipts may take behind the last answer. */
const RECEIPT_LIMIT_MS = 120_000

type Receipt = { readonly gasUsed: string } | null

process.once('message', async (plan: LoadPlan) => {
  const result = await run(plan)
  process.send!(result, () => process.disconnect())
})

async function run(plan: LoadPlan): Promise<LoadResult> {
  const { transactions, shape } = plan
  const sockets = shape.kind === 'flood' ? shape.lanes : SENDER_COUNT
  const connection = new RpcConnection(plan.url, sockets)
  const startedMs = performance.now()
  let latenciesMs: number[] = []
  if (shape.kind === 'flood') await flood(connection, transactions, shape)
  else latenciesMs = await pace(connection, transactions, shape.perSecond)
  const admittedMs = performance.now() - startedMs
  // Senders' nonces are in order, so that each one's last receipt is its last.
  for (const { hash } of transactions.slice(-SENDER_COUNT)) await receiptOf(connection, hash)
  const totalMs = performance.now() - startedMs
  const receipts = await allReceipts(connection, transactions)
  connection.close()
  const found = receipts.filter((receipt) => receipt !== null)
  const gasUsed = found.reduce((sum, receipt) => sum + Number(receipt!.gasUsed), 0)
  return { totalMs, admittedMs, latenciesMs, lost: transactions.length - found.length, gasUsed }
}

/** Each lane sends the transactions of its own senders, one request after the other. */
async function flood(
  connection: RpcConnection,
  transactions: readonly SignedTransaction[],
  { lanes, batch }: { lanes: number; batch: number },
): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const own = transactions.filter((_tx, i) => (i % SENDER_COUNT) % lanes === lane)
      for (let from = 0; from < own.length; from += batch) {
        const calls = own.slice(from, from + batch).map(({ raw }) => [raw])
        if (batch === 1) await connection.call('eth_sendRawTransaction', calls[0]!)
        else await connection.batch('eth_sendRawTransaction', calls)
      }
    }),
  )
}

/** The next transaction of a sender waits for the one before it, as a wallet does. */
async function pace(
  connection: RpcConnection,
  transactions: readonly SignedTransaction[],
  perSecond: number,
): Promise<number[]> {
  const isSync = await hasSyncSend(connection)
  const startedMs = performance.now()
  const before: Promise<void>[] = []
  return Promise.all(
    transactions.map(async (transaction, i) => {
      const dueMs = startedMs + (i * 1000) / perSecond
      const previous = before[i % SENDER_COUNT]
      const sent = delay(dueMs - performance.now()).then(async () => {
        await previous
        await sendForReceipt(connection, transaction, isSync)
      })
      before[i % SENDER_COUNT] = sent
      await sent
      // From when it should have been sent: a stall of the node counts for all that it delays.
      return performance.now() - dueMs
    }),
  )
}

function delay(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs))
}

/** EIP-7966 where the node has it, else a send and questions for the receipt. */
async function sendForReceipt(
  connection: RpcConnection,
  { raw, hash }: SignedTransaction,
  isSync: boolean,
): Promise<void> {
  if (isSync) {
    await connection.call('eth_sendRawTransactionSync', [raw])
    return
  }
  await connection.call('eth_sendRawTransaction', [raw])
  await receiptOf(connection, hash)
}

/** Nothing that is no transaction is sent; only an unknown method says that it is unknown. */
async function hasSyncSend(connection: RpcConnection): Promise<boolean> {
  try {
    await connection.call('eth_sendRawTransactionSync', ['0x'])
    return true
  } catch (error) {
    return !/not found|not supported|does not exist|unknown method/i.test(String(error))
  }
}

async function receiptOf(connection: RpcConnection, hash: string): Promise<void> {
  const limitMs = performance.now() + RECEIPT_LIMIT_MS
  while (performance.now() < limitMs) {
    if ((await connection.call('eth_getTransactionReceipt', [hash])) !== null) return
    await delay(POLL_MS)
  }
}

async function allReceipts(
  connection: RpcConnection,
  transactions: readonly SignedTransaction[],
): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  for (let from = 0; from < transactions.length; from += RECEIPTS_A_CALL) {
    const calls = transactions.slice(from, from + RECEIPTS_A_CALL).map(({ hash }) => [hash])
    receipts.push(...((await connection.batch('eth_getTransactionReceipt', calls)) as Receipt[]))
  }
  return receipts
}
