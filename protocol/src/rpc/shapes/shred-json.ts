/**
 * A shred as RISE publishes it, which is what the npm client `shreds` decodes: one committed
 * transaction, its receipt, and if asked for the accounts it changed. Numbers of block, shred and log
 * are JSON numbers, all others hex.
 */

import type { CommittedShred } from '@shredcast/shared/chain/block-record'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { StateView } from '@shredcast/shared/chain/state-reader'
import { decodeTransaction, effectiveGasPrice } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { quantity } from '../quantity.ts'
import { eventJson } from './receipt-json.ts'
import { signedFieldsJson } from './transaction-json.ts'

export function shredJson({ block, transaction }: CommittedShred) {
  const { receipt, startingLogIndex, index } = transaction
  const { header } = block
  const signed = decodeTransaction(transaction.bytes)
  return {
    blockNumber: Number(header.number),
    shredIdx: index,
    blockTimestamp: Number(header.timestamp),
    startingLogIndex,
    transactions: [
      {
        transaction: {
          hash: bytesToHex(transaction.hash),
          signer: bytesToHex(transaction.sender),
          ...signedFieldsJson(signed),
          gasPrice: quantity(effectiveGasPrice(signed, header.baseFeePerGas)),
        },
        receipt: {
          type: quantity(receipt.type),
          status: quantity(receipt.status),
          logs: receipt.logs.map(eventJson),
          cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
        },
      },
    ],
  }
}

/** @param state the state behind the shred: nonce and balance are given also where only slots changed */
export function stateChangesJson({ diff }: CommittedShred, state: StateView) {
  return Object.fromEntries(
    diff.changes.map((change) => [bytesToHex(change.address), accountJson(change, state)]),
  )
}

function accountJson({ address, code, slots }: StateChange, state: StateView) {
  const account = state.account(address)
  return {
    nonce: Number(account?.nonce ?? 0n),
    balance: quantity(account?.balance ?? 0n),
    storage: Object.fromEntries(
      slots.map(({ key, value }) => [bytesToHex(key), bytesToHex(value)]),
    ),
    newCode: code === undefined || code === null ? null : bytesToHex(code),
  }
}
