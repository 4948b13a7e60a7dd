/** Executes steps with the reference engine on multi-version memory, and publishes their outcomes. */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import type { Transaction } from '../chain/transaction.ts'
import {
  BLOB_GAS_USED,
  BLOCK_BLOB_GAS_LIMIT,
  BLOCK_EPOCH,
  BLOCK_GAS_LIMIT,
  GAS_USED,
  SCHEDULE,
  SCHEDULE_BLOCK_STM,
} from '../layout/control.ts'
import { ENV_FLAG_SYSTEM_WORK, ENV_FLAGS } from '../layout/environment.ts'
import { ENV_OFFSET } from '../layout/memory-map.ts'
import {
  FLAG_CLOSING,
  FLAG_EAGER,
  FLAG_OPENING,
  OUTCOME_FAILURE,
  OUTCOME_INVALID,
  OUTCOME_SUCCESS,
  OUTCOME_UNDECLARED_READ,
  SENDER_INVALID,
  SENDER_UNKNOWN,
  TX_SENDER,
  TX_SENDER_STATE,
} from '../layout/records.ts'
import { CoreHaltedError } from './core.ts'
import { CoreState, EstimateReadError } from './core-state.ts'
import type { CoreThread } from './core-thread.ts'
import { controlLong, controlWord, loadWord, txRecordPtr } from './core-thread.ts'
import { readOpenBlock } from './open-block.ts'
import { encodeLogs, encodeRequests } from './output.ts'
import type { ExecutionResult, InvalidReason } from './reference/execution-result.ts'
import { INVALID_REASONS, InvalidTransactionError } from './reference/execution-result.ts'
import { ReferenceExecutor } from './reference/reference-executor.ts'
import { decodeStep, settleSender, stepFlags } from './step-input.ts'
import type { StepRunner } from './step-runner.ts'
import type { Tracer } from './trace.ts'

const NO_WORK: ExecutionResult = { status: 1, gasUsed: 0n, logs: [], writes: [] }

export class ReferenceRunner implements StepRunner {
  readonly #thread: CoreThread
  readonly #config: ChainConfig
  readonly #state: CoreState
  readonly #executor: ReferenceExecutor
  #blockEpoch = -1

  constructor(thread: CoreThread, config: ChainConfig, tracer?: Tracer) {
    this.#thread = thread
    this.#config = config
    this.#state = new CoreState(thread)
    this.#executor = new ReferenceExecutor(config, { tracer })
  }

  /** Executes the step until it is published, or suspended behind a lower one. */
  async execute(txIndex: number): Promise<void> {
    this.#enterBlock()
    if (loadWord(this.#thread, txRecordPtr(txIndex) + TX_SENDER_STATE) === SENDER_UNKNOWN) {
      settleSender(this.#thread, txIndex, this.#config)
    }
    const isEager = (stepFlags(this.#thread, txIndex) & FLAG_EAGER) !== 0
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
    const flags = stepFlags(this.#thread, txIndex)
    if (flags & (FLAG_OPENING | FLAG_CLOSING)) return this.#executeSystemWork(flags)
    const transaction = decodeStep(this.#thread, txIndex)
    if (transaction === undefined) throw new InvalidTransactionError('malformed transaction')
    const record = txRecordPtr(txIndex)
    if (loadWord(this.#thread, record + TX_SENDER_STATE) === SENDER_INVALID) {
      throw new InvalidTransactionError('invalid signature')
    }
    if (eager) this.#checkGasLeft(transaction)
    const sender = this.#thread.bytes.slice(record + TX_SENDER, record + TX_SENDER + 20)
    return this.#executor.executeTransaction(transaction, sender, this.#state, { eager })
  }

  #executeSystemWork(flags: number): Promise<ExecutionResult> {
    const environment = loadWord(this.#thread, ENV_OFFSET + ENV_FLAGS)
    if ((environment & ENV_FLAG_SYSTEM_WORK) === 0) return Promise.resolve(NO_WORK)
    if (flags & FLAG_OPENING) return this.#executor.executeOpening(this.#state)
    return this.#executor.executeClosing(this.#state, [])
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
    if (controlWord(this.#thread, SCHEDULE) === SCHEDULE_BLOCK_STM) {
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
    else if (isEager || controlWord(this.#thread, SCHEDULE) !== SCHEDULE_BLOCK_STM) throw error
    const code = INVALID_REASONS.indexOf(reason)
    this.#thread.core.finish(OUTCOME_INVALID, code, 0, 0n, 0, 0, isEager ? 1 : 0)
  }

  #enterBlock(): void {
    const epoch = controlWord(this.#thread, BLOCK_EPOCH)
    if (epoch === this.#blockEpoch) return
    this.#blockEpoch = epoch
    const { context, config } = readOpenBlock(this.#thread)
    this.#executor.openBlock(context, config)
  }
}
