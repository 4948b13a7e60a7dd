/**
 * Runs the steps of a block in a worker thread: fetches a step from the shared memory, has the
 * executor execute it on multi-version memory, and publishes the outcome.
 */

import { deserialize } from 'node:v8'
import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import type { BlockContext } from '../chain/block.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction, MalformedTransactionError } from '../chain/transaction.ts'
import {
  BLOB_GAS_USED,
  BLOCK_BLOB_GAS_LIMIT,
  BLOCK_EPOCH,
  BLOCK_GAS_LIMIT,
  CONTEXT_BYTES,
  GAS_USED,
  SCHEDULE,
  SCHEDULE_DAG,
} from '../layout/control.ts'
import { CONTEXT_OFFSET } from '../layout/memory-map.ts'
import {
  FLAG_CLOSING,
  FLAG_EAGER,
  FLAG_OPENING,
  OUTCOME_FAILURE,
  OUTCOME_INVALID,
  OUTCOME_SUCCESS,
  OUTCOME_UNDECLARED_READ,
  SENDER_INVALID,
  SENDER_RECOVERED,
  SENDER_UNKNOWN,
  TX_FLAGS,
  TX_INPUT,
  TX_INPUT_BYTES,
  TX_SENDER,
  TX_SENDER_STATE,
} from '../layout/records.ts'
import { CoreHaltedError } from './core.ts'
import { CoreState, EstimateReadError } from './core-state.ts'
import type { CoreThread } from './core-thread.ts'
import { controlLong, controlWord, loadWord, txRecordPtr } from './core-thread.ts'
import { encodeLogs, encodeRequests } from './output.ts'
import type { ExecutionResult, InvalidReason } from './reference/execution-result.ts'
import { INVALID_REASONS, InvalidTransactionError } from './reference/execution-result.ts'
import { ReferenceExecutor } from './reference/reference-executor.ts'
import { recoverSender } from './sender.ts'

export class StepRunner {
  readonly #thread: CoreThread
  readonly #state: CoreState
  readonly #executor: ReferenceExecutor
  #blockEpoch = -1

  constructor(thread: CoreThread, config: ChainConfig) {
    this.#thread = thread
    this.#state = new CoreState(thread)
    this.#executor = new ReferenceExecutor(config)
  }

  /** Decodes the step's transaction and puts its sender and gas limit into the shared record. */
  settleSender(txIndex: number): void {
    this.#enterBlock()
    const { bytes, core } = this.#thread
    const record = txRecordPtr(txIndex)
    if (this.#flags(txIndex) & (FLAG_OPENING | FLAG_CLOSING)) {
      core.senderSettled(txIndex, SENDER_RECOVERED, 0n, 0)
      return
    }
    const transaction = this.#decode(txIndex)
    const sender = transaction === undefined ? undefined : recoverSender(transaction)
    if (transaction === undefined || sender === undefined) {
      core.senderSettled(txIndex, SENDER_INVALID, 0n, 0)
      return
    }
    bytes.set(sender, record + TX_SENDER)
    const blobGas = transaction.blobVersionedHashes.length * Number(GAS_PER_BLOB)
    core.senderSettled(txIndex, SENDER_RECOVERED, transaction.gasLimit, blobGas)
  }

  /** Executes the step until it is published, or suspended behind a lower one. */
  async execute(txIndex: number): Promise<void> {
    this.#enterBlock()
    if (loadWord(this.#thread, txRecordPtr(txIndex) + TX_SENDER_STATE) === SENDER_UNKNOWN) {
      this.settleSender(txIndex)
    }
    const isEager = (this.#flags(txIndex) & FLAG_EAGER) !== 0
    while (true) {
      this.#thread.core.beginExecution(txIndex)
      try {
        this.#publish(txIndex, await this.#executeOnce(txIndex, isEager), isEager)
        return
      } catch (error) {
        if (error instanceof EstimateReadError) {
          if (this.#isSuspended(error.blockingTx)) return
        } else {
          this.#publishInvalid(error, isEager)
          return
        }
      }
    }
  }

  #executeOnce(txIndex: number, eager: boolean): Promise<ExecutionResult> {
    const flags = this.#flags(txIndex)
    if (flags & FLAG_OPENING) return this.#executor.executeOpening(this.#state)
    if (flags & FLAG_CLOSING) return this.#executor.executeClosing(this.#state, [])
    const transaction = this.#decode(txIndex)
    if (transaction === undefined) throw new InvalidTransactionError('malformed transaction')
    const record = txRecordPtr(txIndex)
    if (loadWord(this.#thread, record + TX_SENDER_STATE) === SENDER_INVALID) {
      throw new InvalidTransactionError('invalid signature')
    }
    if (eager) this.#checkGasLeft(transaction)
    const sender = this.#thread.bytes.slice(record + TX_SENDER, record + TX_SENDER + 20)
    return this.#executor.executeTransaction(transaction, sender, this.#state, { eager })
  }

  /** Everything below an eager execution is final, so the block's totals are what it will meet. */
  #checkGasLeft(transaction: Transaction): void {
    const left = (limit: number, used: number) =>
      controlLong(this.#thread, limit) - controlLong(this.#thread, used)
    if (transaction.gasLimit > left(BLOCK_GAS_LIMIT, GAS_USED)) {
      throw new InvalidTransactionError('gas limit exceeds the block gas left')
    }
    const blobGas = BigInt(transaction.blobVersionedHashes.length) * GAS_PER_BLOB
    if (blobGas > left(BLOCK_BLOB_GAS_LIMIT, BLOB_GAS_USED)) {
      throw new InvalidTransactionError('blob gas exceeds the block blob gas left')
    }
  }

  /** False when the transaction it waits for has finished and it may run again at once. */
  #isSuspended(blockingTx: number): boolean {
    if (controlWord(this.#thread, SCHEDULE) !== SCHEDULE_DAG) {
      return this.#thread.core.blockOn(blockingTx) !== 0
    }
    // The graph lets nothing run before its declared predecessors: this read was not declared.
    this.#thread.core.finish(OUTCOME_UNDECLARED_READ, blockingTx, 0, 0n, 0, 0, 0)
    return true
  }

  #publish(txIndex: number, result: ExecutionResult, isEager: boolean): void {
    const { core, bytes } = this.#thread
    const output =
      result.requests === undefined ? encodeLogs(result.logs) : encodeRequests(result.requests)
    const ptr = output.length === 0 ? 0 : core.allocateOutput(output.length) >>> 0
    bytes.set(output, ptr)
    this.#state.stage(txIndex, result.writes)
    const outcome = result.status === 1 ? OUTCOME_SUCCESS : OUTCOME_FAILURE
    const eager = isEager ? 1 : 0
    core.finish(outcome, 0, result.logs.length, result.gasUsed, ptr, output.length, eager)
  }

  /**
   * The step is invalid where it stands. An execution on values that turn out to be stale may fail
   * in any way; what it read is recorded, so it is validated like any other, and what still holds at
   * its turn is executed again eagerly. Only then is an unforeseen error one.
   */
  #publishInvalid(error: unknown, isEager: boolean): void {
    if (error instanceof CoreHaltedError) throw error
    let reason: InvalidReason = 'malformed transaction'
    if (error instanceof InvalidTransactionError) reason = error.reason
    else if (isEager || controlWord(this.#thread, SCHEDULE) === SCHEDULE_DAG) throw error
    const code = INVALID_REASONS.indexOf(reason)
    this.#thread.core.finish(OUTCOME_INVALID, code, 0, 0n, 0, 0, isEager ? 1 : 0)
  }

  #flags(txIndex: number): number {
    return loadWord(this.#thread, txRecordPtr(txIndex) + TX_FLAGS)
  }

  /** `undefined` when it is malformed. */
  #decode(txIndex: number): Transaction | undefined {
    const record = txRecordPtr(txIndex)
    const ptr = loadWord(this.#thread, record + TX_INPUT)
    const length = loadWord(this.#thread, record + TX_INPUT_BYTES)
    try {
      return decodeTransaction(this.#thread.bytes.slice(ptr, ptr + length))
    } catch (error) {
      if (error instanceof MalformedTransactionError) return undefined
      throw error
    }
  }

  #enterBlock(): void {
    const epoch = controlWord(this.#thread, BLOCK_EPOCH)
    if (epoch === this.#blockEpoch) return
    this.#blockEpoch = epoch
    const length = controlWord(this.#thread, CONTEXT_BYTES)
    const encoded = this.#thread.bytes.slice(CONTEXT_OFFSET, CONTEXT_OFFSET + length)
    this.#executor.openBlock(deserialize(encoded) as BlockContext)
  }
}
