/** Blocks as `eth_getBlock` gives them. */

import type { Withdrawal } from '@shredcast/shared/chain/block'
import { encodeBlock } from '@shredcast/shared/chain/block-codec'
import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import { headerToRpc } from '@shredcast/shared/chain/header'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { quantity } from '../quantity.ts'

/** With the hashes of its transactions. Of an open block hash, nonce and bloom are null. */
export function blockJson(block: BlockRecord) {
  const { transactions, withdrawals } = block
  return {
    ...headJson(block),
    size: quantity(encodedBlock(block).length),
    uncles: [],
    transactions: transactions.map(({ hash }) => bytesToHex(hash)),
    ...(withdrawals !== undefined && { withdrawals: withdrawals.map(withdrawalJson) }),
  }
}

/** The header with its hash, as `newHeads` gives it. */
export function headJson({ header, hash }: BlockRecord) {
  const json = headerToRpc(header)
  if (hash !== undefined) return { ...json, hash: bytesToHex(hash) }
  return { ...json, hash: null, nonce: null, logsBloom: null }
}

/** RLP of the whole block. */
export function encodedBlock({ header, transactions, withdrawals }: BlockRecord): Uint8Array {
  return encodeBlock({
    header,
    transactions: transactions.map(({ bytes }) => bytes),
    ommers: [],
    ...(withdrawals !== undefined && { withdrawals }),
  })
}

function withdrawalJson({ index, validatorIndex, address, amount }: Withdrawal) {
  return {
    index: quantity(index),
    validatorIndex: quantity(validatorIndex),
    address: bytesToHex(address),
    amount: quantity(amount),
  }
}
