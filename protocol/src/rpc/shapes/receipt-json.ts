/** Receipts and logs as JSON-RPC gives them. */

import { blobBaseFee, GAS_PER_BLOB } from '@shredcast/shared/chain/blob-gas'
import type { BlockRecord, TransactionRecord } from '@shredcast/shared/chain/block-record'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { blobParametersAt } from '@shredcast/shared/chain/chain-config'
import { createdAddress } from '@shredcast/shared/chain/created-address'
import type { Header } from '@shredcast/shared/chain/header'
import type { Log } from '@shredcast/shared/chain/receipt'
import { logsBloom } from '@shredcast/shared/chain/receipt'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { decodeTransaction, effectiveGasPrice } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { quantity } from '../quantity.ts'
import { blockHashJson } from './transaction-json.ts'

/** `status` also before Byzantium, where geth gives the state root instead, which is not kept. */
export function receiptJson(block: BlockRecord, record: TransactionRecord, config: ChainConfig) {
  const { receipt, sender, index } = record
  const { header } = block
  const transaction = decodeTransaction(record.bytes)
  const { to } = transaction
  return {
    type: quantity(receipt.type),
    status: quantity(receipt.status),
    transactionHash: bytesToHex(record.hash),
    transactionIndex: quantity(index),
    blockHash: blockHashJson(block),
    blockNumber: quantity(header.number),
    from: bytesToHex(sender),
    to: to === undefined ? null : bytesToHex(to),
    contractAddress:
      to === undefined ? bytesToHex(createdAddress(sender, transaction.nonce)) : null,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(effectiveGasPrice(transaction, header.baseFeePerGas)),
    logs: logsJson(block, record),
    logsBloom: bytesToHex(logsBloom(receipt.logs)),
    ...(transaction.type === 3 && blobFieldsJson(transaction, header, config)),
  }
}

function blobFieldsJson(transaction: Transaction, header: Header, config: ChainConfig) {
  const parameters = blobParametersAt(config, header.timestamp)
  const { excessBlobGas } = header
  return {
    blobGasUsed: quantity(BigInt(transaction.blobVersionedHashes.length) * GAS_PER_BLOB),
    ...(parameters !== undefined &&
      excessBlobGas !== undefined && {
        blobGasPrice: quantity(blobBaseFee(excessBlobGas, parameters)),
      }),
  }
}

function logsJson(block: BlockRecord, record: TransactionRecord) {
  return record.receipt.logs.map((_, position) => logJson(block, record, position))
}

/** The log at a position in the transaction's receipt. */
export function logJson(block: BlockRecord, record: TransactionRecord, position: number) {
  return {
    ...eventJson(record.receipt.logs[position]!),
    blockHash: blockHashJson(block),
    blockNumber: quantity(block.header.number),
    blockTimestamp: quantity(block.header.timestamp),
    transactionHash: bytesToHex(record.hash),
    transactionIndex: quantity(record.index),
    logIndex: quantity(record.startingLogIndex + position),
    removed: false,
  }
}

export type LogJson = ReturnType<typeof logJson>

/** What the contract said, without where it stands. */
export function eventJson({ address, topics, data }: Log) {
  return { address: bytesToHex(address), topics: topics.map(bytesToHex), data: bytesToHex(data) }
}
