/**
 * `eth_simulateV1`: blocks of calls on top of a state, each on what the one before left, as go-ethereum
 * executes them (`internal/ethapi/simulate.go`).
 */

import type { BlockContext } from '../../chain/block.ts'
import { BLOCK_HASH_COUNT, blockContextOf } from '../../chain/block.ts'
import { callTransaction } from '../../chain/call-transaction.ts'
import { hardforkAt } from '../../chain/chain-config.ts'
import type { Header } from '../../chain/header.ts'
import { headerHash } from '../../chain/header.ts'
import type { Receipt } from '../../chain/receipt.ts'
import type {
  BlockStateCalls,
  SimulatedBlock,
  SimulatedCall,
  SimulatedTransaction,
  SimulationRequest,
} from '../../chain/simulation.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { encodeTransaction, transactionHash } from '../../chain/transaction.ts'
import { assert } from '../../primitives/assert.ts'
import type { ExecutionResult } from '../reference/execution-result.ts'
import { InvalidTransactionError } from '../reference/execution-result.ts'
import type { ReferenceExecutor } from '../reference/reference-executor.ts'
import { HistoryRefusedError } from './history-error.ts'
import type { ChainPlace } from './history-job.ts'
import type { HistoryExecutors } from './history-place.ts'
import { openPlace } from './history-place.ts'
import type { OverlayState } from './overlay-state.ts'
import { draftHeader, withGaps } from './simulated-header.ts'
import { BLOCK_GAS_EXCEEDED, codeOfReason, FEE_CAP_TOO_LOW } from './simulation-error.ts'
import { TransferLogs } from './transfer-logs.ts'

const ZERO_ADDRESS = new Uint8Array(20)
const LONDON_TYPE = 2

/**
 * Behind the place, which is behind a stored block or in the open one.
 * @throws HistoryRefusedError
 */
export async function simulate(
  executors: HistoryExecutors,
  place: ChainPlace,
  request: SimulationRequest,
): Promise<readonly SimulatedBlock[]> {
  const { state, context, parent } = await openPlace(executors, place)
  const blockHashes = new Map(context.blockHashes)
  let { header, hash } = parent
  let gasLeft = request.gasLimit
  const blocks: SimulatedBlock[] = []
  for (const block of withGaps(request.blocks, header)) {
    executors.assertGoesOn()
    blockHashes.set(header.number, hash)
    blockHashes.delete(header.number - BLOCK_HASH_COUNT)
    const draft = draftHeader(executors.config, { header, hash }, block, request.validation)
    const run = new BlockSimulation(executors, state, request, { draft, blockHashes, gasLeft })
    const simulated = await run.run(block)
    gasLeft -= simulated.header.gasUsed
    ;({ header, hash } = simulated)
    blocks.push(simulated)
  }
  return blocks
}

interface Surroundings {
  readonly draft: Header
  readonly blockHashes: ReadonlyMap<bigint, Uint8Array>
  readonly gasLeft: bigint
}

class BlockSimulation {
  readonly #executors: HistoryExecutors
  readonly #executor: ReferenceExecutor
  readonly #state: OverlayState
  readonly #request: SimulationRequest
  readonly #context: BlockContext
  readonly #draft: Header
  readonly #transactions: SimulatedTransaction[] = []
  #gasLeft: bigint
  #gasUsed = 0n
  #logCount = 0

  constructor(
    executors: HistoryExecutors,
    state: OverlayState,
    request: SimulationRequest,
    { draft, blockHashes, gasLeft }: Surroundings,
  ) {
    this.#executors = executors
    this.#executor = request.traceTransfers ? executors.tracing : executors.plain
    this.#state = state
    this.#request = request
    this.#draft = draft
    this.#gasLeft = gasLeft
    const withdrawals = draft.withdrawalsRoot === undefined ? {} : { withdrawals: [] }
    this.#context = blockContextOf(draft, { ommers: [], blockHashes, ...withdrawals })
  }

  async run({ blockOverrides, stateOverrides, calls }: BlockStateCalls): Promise<SimulatedBlock> {
    const { config, reader, assertGoesOn } = this.#executors
    this.#state.override(stateOverrides)
    this.#executor.openBlock(this.#context, config, { blobBaseFee: blockOverrides.blobBaseFee })
    this.#state.apply((await this.#executor.executeOpening(this.#state)).writes)
    for (const call of calls) {
      assertGoesOn()
      await this.#execute(call)
    }
    const receipts = this.#transactions.map(({ receipt }) => receipt)
    const logs = receipts.flatMap((receipt) => receipt.logs)
    const closing = await this.#executor.executeClosing(this.#state, logs)
    this.#state.apply(closing.writes)
    const summary = reader.summarize({
      fork: hardforkAt(config, this.#draft.number, this.#draft.timestamp),
      transactions: this.#transactions.map(({ bytes }) => bytes),
      receipts,
      withdrawals: [],
      requests: closing.requests ?? [],
    })
    const header = { ...this.#draft, ...summary }
    return { header, hash: headerHash(header), transactions: this.#transactions }
  }

  async #execute(call: SimulatedCall): Promise<void> {
    const sender = call.from ?? ZERO_ADDRESS
    const transaction = this.#transactionOf(call, sender)
    this.#checkFees(transaction)
    const transfers = this.#request.traceTransfers ? new TransferLogs() : undefined
    this.#executors.current.target = transfers
    const result = await this.#run(transaction, sender)
    transfers?.complete(transaction, sender)
    this.#state.apply(result.writes)
    this.#keep(transaction, sender, result, transfers)
  }

  #transactionOf(call: SimulatedCall, sender: Uint8Array): Transaction {
    const left = this.#draft.gasLimit - this.#gasUsed
    const gas = call.gas ?? left
    if (gas > left) {
      const limit = `block gas limit reached: ${this.#gasUsed + gas} > ${this.#draft.gasLimit}`
      throw new HistoryRefusedError(limit, BLOCK_GAS_EXCEEDED)
    }
    const draft = callTransaction({ ...call, gas }, this.#gasLeft)
    const isPlain = draft.type === 0 && call.gasPrice === undefined
    const { config } = this.#executors
    const isLondon = this.#draft.baseFeePerGas !== undefined
    return {
      ...draft,
      type: isPlain && isLondon ? LONDON_TYPE : draft.type,
      nonce: call.nonce ?? this.#state.nonce(sender),
      chainId: config.chainId,
    }
  }

  /** Without validation a call without a price pays nothing, whatever the base fee. */
  #checkFees({ maxFeePerGas }: Transaction): void {
    const { baseFeePerGas = 0n } = this.#draft
    if (!this.#request.validation || maxFeePerGas >= baseFeePerGas) return
    throw new HistoryRefusedError(
      `max fee per gas less than block base fee: ${maxFeePerGas} < ${baseFeePerGas}`,
      FEE_CAP_TOO_LOW,
    )
  }

  async #run(transaction: Transaction, sender: Uint8Array): Promise<ExecutionResult> {
    const { validation } = this.#request
    const nonce = validation ? transaction.nonce : this.#state.nonce(sender)
    try {
      return await this.#executor.executeMessage({ ...transaction, nonce }, sender, this.#state)
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) throw error
      throw new HistoryRefusedError(error.message, codeOfReason(error.reason))
    }
  }

  #keep(
    transaction: Transaction,
    sender: Uint8Array,
    { status, gasUsed, logs, message }: ExecutionResult,
    transfers: TransferLogs | undefined,
  ): void {
    assert(message !== undefined, 'a transaction has a message')
    this.#gasUsed += gasUsed
    this.#gasLeft -= gasUsed
    const { type } = transaction
    const receipt: Receipt = { type, status, gasUsed, cumulativeGasUsed: this.#gasUsed, logs }
    const bytes = encodeTransaction(transaction)
    const shown = transfers?.logs ?? logs
    const { output, maxGasUsed, failure } = message
    this.#transactions.push({
      ...{ bytes, hash: transactionHash(bytes), sender, receipt, output, maxGasUsed, failure },
      logs: shown,
      startingLogIndex: this.#logCount,
    })
    this.#logCount += shown.length
  }
}
