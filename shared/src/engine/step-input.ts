/** What a step of the open block starts from: its transaction, decoded, and its sender, recovered. */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction, MalformedTransactionError } from '../chain/transaction.ts'
import { ENGINE, ENGINE_INLINE } from '../layout/control.ts'
import {
  FLAG_CLOSING,
  FLAG_OPENING,
  SENDER_INVALID,
  SENDER_RECOVERED,
  TX_FLAGS,
  TX_INPUT,
  TX_INPUT_BYTES,
  TX_MESSAGE,
  TX_SENDER,
} from '../layout/records.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, loadWord, txRecordPtr } from './core-thread.ts'
import { encodeMessage } from './message.ts'
import { recoverSender } from './sender.ts'

/**
 * Decodes the step's transaction and puts its sender and gas limit into the shared record; for the
 * core's own EVM also the message.
 */
export function settleSender(thread: CoreThread, txIndex: number): void {
  const { bytes, core } = thread
  const record = txRecordPtr(txIndex)
  if (stepFlags(thread, txIndex) & (FLAG_OPENING | FLAG_CLOSING)) {
    core.senderSettled(txIndex, SENDER_RECOVERED, 0n, 0)
    return
  }
  const transaction = decodeStep(thread, txIndex)
  const sender = transaction === undefined ? undefined : recoverSender(transaction)
  if (transaction !== undefined) storeMessage(thread, txIndex, transaction)
  if (transaction === undefined || sender === undefined) {
    core.senderSettled(txIndex, SENDER_INVALID, 0n, 0)
    return
  }
  bytes.set(sender, record + TX_SENDER)
  const blobGas = transaction.blobVersionedHashes.length * Number(GAS_PER_BLOB)
  core.senderSettled(txIndex, SENDER_RECOVERED, transaction.gasLimit, blobGas)
}

/** Two workers may settle the same step; whoever comes first, its message stays. */
function storeMessage(thread: CoreThread, txIndex: number, transaction: Transaction): void {
  if (controlWord(thread, ENGINE) !== ENGINE_INLINE) return
  const message = encodeMessage(thread, transaction)
  Atomics.compareExchange(thread.words, (txRecordPtr(txIndex) + TX_MESSAGE) >> 2, 0, message)
}

export function stepFlags(thread: CoreThread, txIndex: number): number {
  return loadWord(thread, txRecordPtr(txIndex) + TX_FLAGS)
}

/** `undefined` when it is malformed. */
export function decodeStep(thread: CoreThread, txIndex: number): Transaction | undefined {
  const record = txRecordPtr(txIndex)
  const ptr = loadWord(thread, record + TX_INPUT)
  const length = loadWord(thread, record + TX_INPUT_BYTES)
  try {
    return decodeTransaction(thread.bytes.slice(ptr, ptr + length))
  } catch (error) {
    if (error instanceof MalformedTransactionError) return undefined
    throw error
  }
}
