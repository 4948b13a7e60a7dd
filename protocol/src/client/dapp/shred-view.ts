/**
 * What dApps see of messages: hex in lower case, amounts as bigint. Made the first
 * time that somebody looks at a message, once for all who do.
 */

import { createdAddress } from '@shredcast/shared/chain/created-address'
import type { Log } from '@shredcast/shared/chain/receipt'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { decodeTransaction, transactionHash } from '@shredcast/shared/chain/transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type {
  BlockOpened,
  BlockSealed,
  ChainReverted,
  Shred,
  StreamMessage,
} from '../../wire/messages.ts'
import { InvalidStreamError } from '../stream-errors.ts'

export interface DappLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: bigint
  readonly transactionHash: Hex
  readonly transactionIndex: number
  /** Place in the block. */
  readonly logIndex: number
}

export interface DappReceipt {
  readonly transactionHash: Hex
  readonly blockNumber: bigint
  readonly transactionIndex: number
  readonly from: Hex
  /** Null: a creation. */
  readonly to: Hex | null
  /** Of a creation. */
  readonly contractAddress: Hex | null
  readonly status: 'success' | 'reverted'
  readonly gasUsed: bigint
  readonly cumulativeGasUsed: bigint
  readonly logs: readonly DappLog[]
}

/** A committed transaction, as it is known before its block is sealed. It is never taken back, but where `reverts$` says so. */
export interface DappShred {
  readonly seq: number
  readonly blockNumber: bigint
  /** Index of the transaction in its block. */
  readonly shredIndex: number
  readonly transactionHash: Hex
  readonly from: Hex
  readonly to: Hex | null
  readonly nonce: bigint
  /** In wei. */
  readonly value: bigint
  readonly input: Hex
  readonly receipt: DappReceipt
  readonly stateChanges: readonly AccountChange[]
  /** The leader's clock when it committed, in microseconds since 1970. */
  readonly committedAtUs: number | undefined
}

/** Where in the stream something changed. */
export interface StreamPlace {
  readonly seq: number
  /** Absent: a merged state says so (`policy`), by the server's word; it is proved at `seq`. */
  readonly blockNumber?: bigint
  /**
   * Absent: the block itself changed it when it was opened or sealed (withdrawals, rewards), or the
   * chain went back to it.
   */
  readonly shredIndex?: number
}

/** Values of one account after a message; what is absent did not change. */
export interface AccountChange extends StreamPlace {
  readonly address: Hex
  /** In wei. */
  readonly balance?: bigint
  readonly nonce?: bigint
  /** Null: the account is deleted. */
  readonly code?: Hex | null
  /** Every slot is zero but those below. */
  readonly storageCleared?: true
  readonly slots: readonly SlotValue[]
}

/** 32 bytes each. */
export interface SlotValue {
  readonly key: Hex
  readonly value: Hex
}

/** A block's opening, before its transactions, and its seal, behind them. */
export type DappHead = OpenedHead | SealedHead

/** A development chain went back: the blocks above this one, and their shreds, are no more. */
export interface DappRevert {
  readonly seq: number
  /** Of the block that is the newest now. */
  readonly number: bigint
  readonly hash: Hex
}

interface HeadFields {
  readonly seq: number
  readonly number: bigint
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: bigint
  readonly beneficiary: Hex
  readonly gasLimit: bigint
  readonly baseFeePerGas: bigint | undefined
}

export interface OpenedHead extends HeadFields {
  readonly type: 'opened'
}

export interface SealedHead extends HeadFields {
  readonly type: 'sealed'
  readonly hash: Hex
  readonly stateRoot: Hex
  readonly gasUsed: bigint
  readonly shredCount: number
}

/** @throws InvalidStreamError when the transaction in it is none */
export const shredView: (shred: Shred) => DappShred = keepingLast(viewOf)

export const shredHash: (shred: Shred) => Hex = keepingLast(({ transaction }) => {
  return bytesToHex(transactionHash(transaction))
})

/** A message goes to all subscribers before the next one does: only the last result is asked for again. */
function keepingLast<T>(make: (shred: Shred) => T): (shred: Shred) => T {
  let last: { readonly shred: Shred; readonly made: T } | undefined
  return (shred) => {
    if (last?.shred !== shred) last = { shred, made: make(shred) }
    return last.made
  }
}

function viewOf(shred: Shred): DappShred {
  const { seq, blockNumber, shredIndex, receipt } = shred
  const transaction = transactionOf(shred)
  const hash = shredHash(shred)
  const from = bytesToHex(shred.sender)
  const to = transaction.to === undefined ? null : bytesToHex(transaction.to)
  return {
    seq,
    blockNumber,
    shredIndex,
    transactionHash: hash,
    from,
    to,
    nonce: transaction.nonce,
    value: transaction.value,
    input: bytesToHex(transaction.data),
    receipt: {
      transactionHash: hash,
      blockNumber,
      transactionIndex: shredIndex,
      from,
      to,
      contractAddress:
        to === null ? bytesToHex(createdAddress(shred.sender, transaction.nonce)) : null,
      status: receipt.status === 1 ? 'success' : 'reverted',
      gasUsed: receipt.gasUsed,
      cumulativeGasUsed: receipt.cumulativeGasUsed,
      logs: receipt.logs.map((log, position) => logView(shred, log, position)),
    },
    stateChanges: shred.diff.changes.map((change) => accountChange(placeOf(shred), change)),
    committedAtUs: shred.committedAtUs,
  }
}

/** The signature says that the leader sent it, not that it is a transaction. */
function transactionOf(shred: Shred) {
  try {
    return decodeTransaction(shred.transaction)
  } catch (error) {
    throw new InvalidStreamError(error)
  }
}

/** @param position of the log in the shred's receipt */
export function logView(shred: Shred, log: Log, position: number): DappLog {
  return {
    address: bytesToHex(log.address),
    topics: log.topics.map(bytesToHex),
    data: bytesToHex(log.data),
    blockNumber: shred.blockNumber,
    transactionHash: shredHash(shred),
    transactionIndex: shred.shredIndex,
    logIndex: shred.startingLogIndex + position,
  }
}

export function accountChange(place: StreamPlace, change: StateChange): AccountChange {
  const { balance, nonce, code } = change
  return {
    ...place,
    address: bytesToHex(change.address),
    ...(balance !== undefined && { balance }),
    ...(nonce !== undefined && { nonce }),
    ...(code !== undefined && { code: code === null ? null : bytesToHex(code) }),
    ...(change.storageCleared && { storageCleared: true }),
    slots: change.slots.map(({ key, value }) => {
      return { key: bytesToHex(key), value: bytesToHex(value) }
    }),
  }
}

export function placeOf(message: StreamMessage): StreamPlace {
  const { seq } = message
  if (message.type === 'blockOpened') return { seq, blockNumber: message.context.number }
  if (message.type === 'blockSealed') return { seq, blockNumber: message.header.number }
  if (message.type === 'chainReverted') return { seq, blockNumber: message.number }
  return { seq, blockNumber: message.blockNumber, shredIndex: message.shredIndex }
}

export function revertView({ seq, number, hash }: ChainReverted): DappRevert {
  return { seq, number, hash: bytesToHex(hash) }
}

export function headView(message: BlockOpened | BlockSealed): DappHead {
  const { seq } = message
  if (message.type === 'blockOpened') return { type: 'opened', seq, ...fieldsOf(message.context) }
  const { header, hash, shredCount } = message
  return {
    type: 'sealed',
    seq,
    ...fieldsOf(header),
    hash: bytesToHex(hash),
    stateRoot: bytesToHex(header.stateRoot),
    gasUsed: header.gasUsed,
    shredCount,
  }
}

function fieldsOf(head: BlockOpened['context'] | BlockSealed['header']): Omit<HeadFields, 'seq'> {
  return {
    number: head.number,
    parentHash: bytesToHex(head.parentHash),
    timestamp: head.timestamp,
    beneficiary: bytesToHex(head.beneficiary),
    gasLimit: head.gasLimit,
    baseFeePerGas: head.baseFeePerGas,
  }
}
