/**
 * A block on the simple sequential state, with the same answers as the engine gives: an invalid
 * transaction is passed over with its reason, everything else has its receipt and its changes.
 */

import { GAS_PER_BLOB } from '@shredcast/shared/chain/blob-gas'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { blobParametersAt } from '@shredcast/shared/chain/chain-config'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { decodeTransaction, MalformedTransactionError } from '@shredcast/shared/chain/transaction'
import type { ExecutionResult } from '@shredcast/shared/engine/reference/execution-result'
import { InvalidTransactionError } from '@shredcast/shared/engine/reference/execution-result'
import { ReferenceExecutor } from '@shredcast/shared/engine/reference/reference-executor'
import { recoverSender } from '@shredcast/shared/engine/sender'
import type { MapState } from './map-state.ts'
import type { StepOutcome } from './step-outcome.ts'
import { sortedChanges } from './step-outcome.ts'

export interface BlockInput {
  readonly context: BlockContext
  /** Signed bytes, or what is none. */
  readonly transactions: readonly Uint8Array[]
}

/** Totals of the block so far. */
interface Totals {
  gasUsed: bigint
  blobGasUsed: bigint
  logCount: number
  shredCount: number
}

export class Oracle {
  readonly #config: ChainConfig
  readonly #executor: ReferenceExecutor
  readonly #state: MapState

  constructor(config: ChainConfig, state: MapState) {
    this.#config = config
    this.#executor = executorOf(config)
    this.#state = state
  }

  /** Executes the block; the state then is the state behind it. */
  async run({ context, transactions }: BlockInput): Promise<StepOutcome[]> {
    const outcomes: StepOutcome[] = []
    for await (const outcome of this.steps(context, transactions)) outcomes.push(outcome)
    return outcomes
  }

  /** The same step by step: a transaction is asked for when the one before it is executed. */
  async *steps(
    context: BlockContext,
    transactions: Iterable<Uint8Array>,
  ): AsyncGenerator<StepOutcome> {
    this.#executor.openBlock(context)
    const totals: Totals = { gasUsed: 0n, blobGasUsed: 0n, logCount: 0, shredCount: 0 }
    yield await this.#systemStep(() => this.#executor.executeOpening(this.#state))
    for (const bytes of transactions) yield await this.#transactionStep(bytes, context, totals)
    yield await this.#systemStep(() => this.#executor.executeClosing(this.#state))
  }

  async #systemStep(execute: () => Promise<ExecutionResult>): Promise<StepOutcome> {
    const { result, changes } = await this.#state.run(execute)
    return { type: 'system', requests: result.requests ?? [], changes: sortedChanges(changes) }
  }

  async #transactionStep(
    bytes: Uint8Array,
    context: BlockContext,
    totals: Totals,
  ): Promise<StepOutcome> {
    try {
      const tx = decode(bytes)
      const sender = recoverSender(tx)
      if (sender === undefined) throw new InvalidTransactionError('invalid signature')
      const blobGas = BigInt(tx.blobVersionedHashes.length) * GAS_PER_BLOB
      this.#checkGasLeft(tx, blobGas, context, totals)
      const { result, changes } = await this.#state.run((options) => {
        return this.#executor.executeTransaction(tx, sender, this.#state, options)
      })
      const { status, gasUsed, logs } = result
      totals.gasUsed += gasUsed
      totals.blobGasUsed += blobGas
      totals.logCount += logs.length
      return {
        type: 'transaction',
        shredIndex: totals.shredCount++,
        sender,
        receipt: { type: tx.type, status, gasUsed, cumulativeGasUsed: totals.gasUsed, logs },
        startingLogIndex: totals.logCount - logs.length,
        changes: sortedChanges(changes),
      }
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) throw error
      return { type: 'rejected', reason: error.reason }
    }
  }

  #checkGasLeft(tx: Transaction, blobGas: bigint, context: BlockContext, totals: Totals): void {
    if (tx.gasLimit > context.gasLimit - totals.gasUsed) {
      throw new InvalidTransactionError('gas limit exceeds the block gas left')
    }
    const blobs = blobParametersAt(this.#config, context.timestamp)?.max ?? 0
    if (blobGas > BigInt(blobs) * GAS_PER_BLOB - totals.blobGasUsed) {
      throw new InvalidTransactionError('blob gas exceeds the block blob gas left')
    }
  }
}

function decode(bytes: Uint8Array): Transaction {
  try {
    return decodeTransaction(bytes)
  } catch (error) {
    if (!(error instanceof MalformedTransactionError)) throw error
    throw new InvalidTransactionError('malformed transaction')
  }
}

const executors = new Map<ChainConfig, ReferenceExecutor>()

/** An executor's EVMs are expensive to make, and it keeps nothing else. */
function executorOf(config: ChainConfig): ReferenceExecutor {
  let executor = executors.get(config)
  if (executor === undefined) {
    executor = new ReferenceExecutor(config)
    executors.set(config, executor)
  }
  return executor
}
