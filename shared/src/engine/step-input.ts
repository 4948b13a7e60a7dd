/** What a step of the open block starts from: its transaction, decoded, and its sender, recovered. */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction, MalformedTransactionError } from '../chain/transaction.ts'
import { ENGINE, ENGINE_INLINE } from '../layout/control.ts'
import {
  FLAG_CLOSING,
  FLAG_OPENING,
  FLAG_SENDER_KNOWN,
  SENDER_INVALID,
  SENDER_RECOVERED,
  TX_FLAGS,
  TX_INPUT,
  TX_INPUT_BYTES,
  TX_MESSAGE,
  TX_PREDECESSOR,
  TX_RECIPIENT,
  TX_SENDER,
} from '../layout/records.ts'
import { assert } from '../primitives/assert.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, loadWord, storeWord, txRecordPtr } from './core-thread.ts'
import { encodeMessage } from './message.ts'
import { senderOnChain } from './sender.ts'

/**
 * Decodes the step's transaction and puts its sender and gas limit into the shared record; for the
 * core's own EVM also the message.
 */
export function settleSender(thread: CoreThread, txIndex: number, config: ChainConfig): void {
  const { bytes, core } = thread
  const record = txRecordPtr(txIndex)
  const flags = stepFlags(thread, txIndex)
  if (flags & (FLAG_OPENING | FLAG_CLOSING)) {
    core.senderSettled(txIndex, SENDER_RECOVERED, 0n, 0)
    return
  }
  const transaction = decodeStep(thread, txIndex)
  const sender = transaction && senderOf(thread, record, transaction, { flags, config })
  if (transaction !== undefined) {
    storeMessage(thread, txIndex, transaction)
    storeWord(thread, record + TX_RECIPIENT, recipientTag(transaction.to))
  }
  if (transaction === undefined || sender === undefined) {
    core.senderSettled(txIndex, SENDER_INVALID, 0n, 0)
    return
  }
  bytes.set(sender, record + TX_SENDER)
  const blobGas = transaction.blobVersionedHashes.length * Number(GAS_PER_BLOB)
  core.senderSettled(txIndex, SENDER_RECOVERED, transaction.gasLimit, blobGas)
}

/** What the host knows of a transaction before it executes. */
export interface StepHints {
  /** 20 bytes: its signature is not recovered again. */
  readonly sender: Uint8Array
  /** A lower step that it is expected to conflict with: its execution waits for that one. */
  readonly predecessor?: number | undefined
}

/** Host, before the step is published; returns the flags that say what is known. */
export function storeHints(host: CoreThread, txIndex: number, hints: StepHints): number {
  const record = txRecordPtr(txIndex)
  host.bytes.set(hints.sender, record + TX_SENDER)
  if (hints.predecessor !== undefined) {
    assert(hints.predecessor < txIndex, 'a step waits for a lower one')
    storeWord(host, record + TX_PREDECESSOR, hints.predecessor + 1)
  }
  return FLAG_SENDER_KNOWN
}

function senderOf(
  thread: CoreThread,
  record: number,
  transaction: Transaction,
  { flags, config }: { readonly flags: number; readonly config: ChainConfig },
): Uint8Array | undefined {
  if ((flags & FLAG_SENDER_KNOWN) === 0) return senderOnChain(transaction, config)
  return thread.bytes.slice(record + TX_SENDER, record + TX_SENDER + 20)
}

/** Two workers may settle the same step; whoever comes first, its message stays. */
function storeMessage(thread: CoreThread, txIndex: number, transaction: Transaction): void {
  if (controlWord(thread, ENGINE) !== ENGINE_INLINE) return
  const message = encodeMessage(thread, transaction)
  Atomics.compareExchange(thread.words, (txRecordPtr(txIndex) + TX_MESSAGE) >> 2, 0, message)
}

/** See TX_RECIPIENT. Two recipients with one tag cost time, never a result. */
function recipientTag(to: Uint8Array | undefined): number {
  if (to === undefined) return 0
  return new DataView(to.buffer, to.byteOffset).getUint32(0) || 1
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
