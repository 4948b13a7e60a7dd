/**
 * A block's body as it is stored: RLP of [transactions, ommers, withdrawals?], each transaction its
 * signed bytes, each ommer an RLP header as bytes, each withdrawal as its trie holds it.
 */

import type { Withdrawal } from '../../chain/block.ts'
import { encodeWithdrawal } from '../../chain/block.ts'
import type { Header } from '../../chain/header.ts'
import { decodeHeader, encodeHeader } from '../../chain/header.ts'
import { addressBytes, bytesOf, listOf, uint64 } from '../../chain/rlp-fields.ts'
import type { RlpItem } from '../../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../../primitives/rlp.ts'

export interface BlockBody {
  /** Signed bytes, in order. */
  readonly transactions: readonly Uint8Array[]
  readonly ommers: readonly Header[]
  /** From Shanghai on. */
  readonly withdrawals?: readonly Withdrawal[]
}

export function encodeBody({ transactions, ommers, withdrawals }: BlockBody): Uint8Array {
  const parts: RlpItem[] = [transactions, ommers.map(encodeHeader)]
  if (withdrawals !== undefined) parts.push(withdrawals.map(encodeWithdrawal))
  return encodeRlp(parts)
}

/** @throws InvalidRlpError, InvalidFieldError or MalformedHeaderError */
export function decodeBody(bytes: Uint8Array): BlockBody {
  const [transactions, ommers, withdrawals] = listOf(decodeRlp(bytes))
  return {
    transactions: listOf(transactions!).map(bytesOf),
    ommers: listOf(ommers!).map((item) => decodeHeader(bytesOf(item))),
    ...(withdrawals !== undefined && { withdrawals: listOf(withdrawals).map(withdrawalOf) }),
  }
}

function withdrawalOf(item: RlpItem): Withdrawal {
  const [index, validatorIndex, address, amount] = listOf(decodeRlp(bytesOf(item)), 4)
  return {
    index: uint64.decode(index!),
    validatorIndex: uint64.decode(validatorIndex!),
    address: addressBytes.decode(address!),
    amount: uint64.decode(amount!),
  }
}
