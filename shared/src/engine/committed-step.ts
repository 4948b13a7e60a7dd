/**
 * A committed step as the main thread reads it out of the shared memory: its receipt and its state
 * diff. The leader makes a shred of it, the follower compares it with the shred it was sent.
 */

import type { Receipt } from '../chain/receipt.ts'
import type { StateDiff } from '../chain/state-change.ts'
import {
  EXECUTION_GAS_USED,
  EXECUTION_OUTCOME,
  EXECUTION_OUTPUT,
  EXECUTION_OUTPUT_BYTES,
  EXECUTION_REASON,
  FLAG_CLOSING,
  FLAG_OPENING,
  OUTCOME_INVALID,
  OUTCOME_SUCCESS,
  TX_CUMULATIVE_GAS,
  TX_EXECUTION,
  TX_FLAGS,
  TX_INPUT,
  TX_INPUT_BYTES,
  TX_SENDER,
  TX_SHRED_INDEX,
  TX_STARTING_LOG_INDEX,
} from '../layout/records.ts'
import { assert } from '../primitives/assert.ts'
import type { CoreThread } from './core-thread.ts'
import { loadLong, loadWord, txRecordPtr } from './core-thread.ts'
import { readStateDiff } from './diff-reader.ts'
import { decodeLogs, decodeRequests } from './output.ts'
import type { InvalidReason } from './reference/execution-result.ts'
import { INVALID_REASONS } from './reference/execution-result.ts'

/** EIP-2718: the first byte of a typed transaction; a legacy one starts with an RLP list. */
const TRANSACTION_TYPE_MAX = 0x7f

export interface CommittedTransaction {
  readonly type: 'transaction'
  readonly txIndex: number
  /** Position among the block's valid transactions. */
  readonly shredIndex: number
  /** The signed bytes. */
  readonly transaction: Uint8Array
  readonly sender: Uint8Array
  readonly receipt: Receipt
  readonly startingLogIndex: number
  readonly diff: StateDiff
}

/** A transaction that may not stand at its place; it changed nothing and took no index. */
export interface RejectedTransaction {
  readonly type: 'rejected'
  readonly txIndex: number
  readonly transaction: Uint8Array
  /** 20 bytes; zeros when the transaction or its signature says none. */
  readonly sender: Uint8Array
  readonly reason: InvalidReason
}

/** The opening or closing system work of a block. */
export interface CommittedSystemStep {
  readonly type: 'system'
  readonly txIndex: number
  readonly diff: StateDiff
  /** EIP-7685 requests that the closing calls returned, without the deposits. */
  readonly requests: readonly Uint8Array[]
}

export type CommittedStep = CommittedTransaction | RejectedTransaction | CommittedSystemStep

/** Reads a committed step; everything is copied. Host only, while its block is open. */
export function readCommittedStep(host: CoreThread, txIndex: number): CommittedStep {
  const record = txRecordPtr(txIndex)
  const execution = loadWord(host, record + TX_EXECUTION)
  const outcome = loadWord(host, execution + EXECUTION_OUTCOME)
  if (loadWord(host, record + TX_FLAGS) & (FLAG_OPENING | FLAG_CLOSING)) {
    const requests = decodeRequests(outputOf(host, execution))
    return { type: 'system', txIndex, diff: readStateDiff(host, execution), requests }
  }
  const transaction = copy(
    host,
    loadWord(host, record + TX_INPUT),
    loadWord(host, record + TX_INPUT_BYTES),
  )
  const sender = copy(host, record + TX_SENDER, 20)
  if (outcome === OUTCOME_INVALID) {
    const reason = INVALID_REASONS[loadWord(host, execution + EXECUTION_REASON)]
    assert(reason !== undefined, 'an invalid execution names its reason')
    return { type: 'rejected', txIndex, transaction, sender, reason }
  }
  const first = transaction[0] ?? 0
  return {
    type: 'transaction',
    txIndex,
    shredIndex: loadWord(host, record + TX_SHRED_INDEX),
    transaction,
    sender,
    receipt: {
      type: first > TRANSACTION_TYPE_MAX ? 0 : first,
      status: outcome === OUTCOME_SUCCESS ? 1 : 0,
      gasUsed: loadLong(host, execution + EXECUTION_GAS_USED),
      cumulativeGasUsed: loadLong(host, record + TX_CUMULATIVE_GAS),
      logs: decodeLogs(outputOf(host, execution)),
    },
    startingLogIndex: loadWord(host, record + TX_STARTING_LOG_INDEX),
    diff: readStateDiff(host, execution),
  }
}

function outputOf(host: CoreThread, execution: number): Uint8Array {
  const ptr = loadWord(host, execution + EXECUTION_OUTPUT)
  return copy(host, ptr, loadWord(host, execution + EXECUTION_OUTPUT_BYTES))
}

function copy(host: CoreThread, ptr: number, length: number): Uint8Array {
  return host.bytes.slice(ptr, ptr + length)
}
