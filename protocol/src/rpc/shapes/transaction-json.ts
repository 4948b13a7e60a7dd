/** A transaction as `eth_getTransactionByHash` gives it. */

import type { AccessListEntry } from '@shredcast/shared/chain/access-list'
import type { Authorization } from '@shredcast/shared/chain/authorization'
import type { BlockRecord, TransactionRecord } from '@shredcast/shared/chain/block-record'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { decodeTransaction, effectiveGasPrice } from '@shredcast/shared/chain/transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { PendingTransaction } from '../backend.ts'
import { quantity } from '../quantity.ts'

/**
 * Stands for the hash of a block that is still open. RISE gives null there, which ethers cannot read
 * in receipts and logs; Base gives this.
 */
const OPEN_BLOCK_HASH: Hex = `0x${'00'.repeat(32)}`

export function blockHashJson({ hash }: BlockRecord): Hex {
  return hash === undefined ? OPEN_BLOCK_HASH : bytesToHex(hash)
}

export function transactionJson(block: BlockRecord, record: TransactionRecord) {
  const transaction = decodeTransaction(record.bytes)
  const { baseFeePerGas, number } = block.header
  return {
    blockHash: blockHashJson(block),
    blockNumber: quantity(number),
    transactionIndex: quantity(record.index),
    from: bytesToHex(record.sender),
    hash: bytesToHex(record.hash),
    ...signedFieldsJson(transaction),
    gasPrice: quantity(effectiveGasPrice(transaction, baseFeePerGas)),
  }
}

export function pendingTransactionJson({ hash, bytes, sender }: PendingTransaction) {
  const transaction = decodeTransaction(bytes)
  return {
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
    from: bytesToHex(sender),
    hash: bytesToHex(hash),
    ...signedFieldsJson(transaction),
    gasPrice: quantity(transaction.maxFeePerGas),
  }
}

/** What the sender signed, with the signature; a type has only the fields that it knows. */
export function signedFieldsJson(transaction: Transaction) {
  const { type, to, chainId, yParity } = transaction
  return {
    type: quantity(type),
    ...(chainId !== undefined && { chainId: quantity(chainId) }),
    nonce: quantity(transaction.nonce),
    gas: quantity(transaction.gasLimit),
    to: to === undefined ? null : bytesToHex(to),
    value: quantity(transaction.value),
    input: bytesToHex(transaction.data),
    ...(type >= 1 && { accessList: accessListJson(transaction.accessList) }),
    ...(type >= 2 && {
      maxFeePerGas: quantity(transaction.maxFeePerGas),
      maxPriorityFeePerGas: quantity(transaction.maxPriorityFeePerGas),
    }),
    ...(type === 3 && {
      maxFeePerBlobGas: quantity(transaction.maxFeePerBlobGas),
      blobVersionedHashes: transaction.blobVersionedHashes.map(bytesToHex),
    }),
    ...(type === 4 && { authorizationList: transaction.authorizationList.map(authorizationJson) }),
    ...(type >= 1 && { yParity: quantity(yParity) }),
    v: quantity(vOf(transaction)),
    r: quantity(transaction.r),
    s: quantity(transaction.s),
  }
}

export function accessListJson(accessList: readonly AccessListEntry[]) {
  return accessList.map(({ address, storageKeys }) => {
    return { address: bytesToHex(address), storageKeys: storageKeys.map(bytesToHex) }
  })
}

function authorizationJson(authorization: Authorization) {
  return {
    chainId: quantity(authorization.chainId),
    address: bytesToHex(authorization.address),
    nonce: quantity(authorization.nonce),
    yParity: quantity(authorization.yParity),
    r: quantity(authorization.r),
    s: quantity(authorization.s),
  }
}

/** Legacy: 27 and the parity, or with the chain id in it (EIP-155). */
function vOf({ type, chainId, yParity }: Transaction): bigint {
  const parity = BigInt(yParity)
  if (type !== 0) return parity
  return parity + (chainId === undefined ? 27n : 35n + 2n * chainId)
}
