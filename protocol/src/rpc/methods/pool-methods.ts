/** What is admitted and not committed, in the form of geth's `txpool` methods. */

import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { PendingTransaction } from '../backend.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { quantity } from '../quantity.ts'
import { pendingTransactionJson } from '../shapes/transaction-json.ts'

export const poolMethods: MethodTable = {
  txpool_status: {
    least: 0,
    most: 0,
    run: (_, context) => {
      const content = contentOf(context)
      const pending = content.filter(({ isReady }) => isReady).length
      return { pending: quantity(pending), queued: quantity(content.length - pending) }
    },
  },
  txpool_content: {
    least: 0,
    most: 0,
    run: (_, context) => bySender(context, pendingTransactionJson),
  },
  txpool_contentFrom: { least: 1, most: 1, run: contentFrom },
  /** Of the node's own accounts: it has none. */
  eth_pendingTransactions: { least: 0, most: 0, run: () => [] },
  txpool_inspect: { least: 0, most: 0, run: (_, context) => bySender(context, summary) },
}

function contentOf({ backend }: RpcContext): readonly PendingTransaction[] {
  return backend.pool?.content() ?? []
}

async function bySender(context: RpcContext, show: (transaction: PendingTransaction) => unknown) {
  const pending: Record<string, Record<string, unknown>> = {}
  const queued: Record<string, Record<string, unknown>> = {}
  for (const transaction of contentOf(context)) {
    const group = transaction.isReady ? pending : queued
    const sender = bytesToHex(transaction.sender)
    group[sender] ??= {}
    group[sender][String(transaction.nonce)] = show(transaction)
    await context.yieldTurn()
  }
  return { pending, queued }
}

/** By nonce. */
function contentFrom(params: Params, context: RpcContext) {
  const sender = params.address(0)
  const own = contentOf(context).filter((transaction) => equalBytes(transaction.sender, sender))
  const ofKind = (isReady: boolean) => {
    const shown = own.filter((transaction) => transaction.isReady === isReady)
    return Object.fromEntries(shown.map((one) => [`${one.nonce}`, pendingTransactionJson(one)]))
  }
  return { pending: ofKind(true), queued: ofKind(false) }
}

/** As geth words it. */
function summary({ bytes }: PendingTransaction): string {
  const { to, value, gasLimit, maxFeePerGas } = decodeTransaction(bytes)
  const recipient = to === undefined ? 'contract creation' : bytesToHex(to)
  return `${recipient}: ${value} wei + ${gasLimit} gas × ${maxFeePerGas} wei`
}
