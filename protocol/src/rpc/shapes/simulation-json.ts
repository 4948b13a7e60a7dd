/** Simulated blocks as `eth_simulateV1` gives them. */

import type { BlockRecord, TransactionRecord } from '@shredcast/shared/chain/block-record'
import { revertReason } from '@shredcast/shared/chain/revert-reason'
import type { SimulatedBlock, SimulatedTransaction } from '@shredcast/shared/chain/simulation'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { quantity } from '../quantity.ts'
import { EXECUTION_REVERTED, VM_ERROR } from '../rpc-error.ts'
import { blockJson } from './block-json.ts'
import { logJson } from './receipt-json.ts'
import { transactionJson } from './transaction-json.ts'

export function simulatedBlockJson(simulated: SimulatedBlock, isFull: boolean) {
  const { header, hash } = simulated
  const transactions = simulated.transactions.map(recordOf)
  const isShanghai = header.withdrawalsRoot !== undefined
  const block = { header, hash, transactions, ...(isShanghai && { withdrawals: [] }) }
  return {
    ...blockJson(block),
    ...(isFull && { transactions: transactions.map((record) => transactionJson(block, record)) }),
    calls: simulated.transactions.map((transaction, index) => {
      return resultJson(block, transactions[index]!, transaction)
    }),
  }
}

/** With the logs that are shown. */
function recordOf(simulated: SimulatedTransaction, index: number): TransactionRecord {
  const { hash, bytes, sender, startingLogIndex, logs } = simulated
  const receipt = { ...simulated.receipt, logs }
  return { hash, bytes, sender, index, receipt, startingLogIndex }
}

function resultJson(
  block: BlockRecord,
  record: TransactionRecord,
  { output, maxGasUsed, failure }: SimulatedTransaction,
) {
  const { status, gasUsed, logs } = record.receipt
  const isReverted = failure === 'execution reverted'
  return {
    returnData: failure === undefined || isReverted ? bytesToHex(output) : '0x',
    logs: logs.map((_, position) => logJson(block, record, position)),
    gasUsed: quantity(gasUsed),
    maxUsedGas: quantity(maxGasUsed),
    status: quantity(status),
    ...(failure !== undefined && { error: errorJson(failure, output) }),
  }
}

function errorJson(failure: string, output: Uint8Array) {
  if (failure !== 'execution reverted') return { message: failure, code: VM_ERROR }
  const reason = revertReason(output)
  const message = reason === undefined ? failure : `${failure}: ${reason}`
  return { message, code: EXECUTION_REVERTED, data: bytesToHex(output) }
}
