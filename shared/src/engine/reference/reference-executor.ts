/**
 * The reference executor: Ethereum's rules from Frontier to Osaka around `@ethereumjs/evm` as a black
 * box. It is the oracle of the core's own EVM, and it runs inside the engine's workers: many times
 * per transaction, on whatever state multi-version memory shows it. It keeps nothing between two
 * executions but an EVM for each fork.
 */

import type { BlockContext } from '../../chain/block.ts'
import type { ChainConfig } from '../../chain/chain-config.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Log } from '../../chain/receipt.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { assert } from '../../primitives/assert.ts'
import { moveDaoBalances, payCredits } from './block-balances.ts'
import type { BlockEnvironment, EnvironmentOverrides } from './block-environment.ts'
import { BlockHashes, createBlockEnvironment } from './block-environment.ts'
import { depositRequest } from './deposit-requests.ts'
import { spareBalanceReads } from './evm/call-balance.ts'
import { keepJumpAnalyses } from './evm/jump-analysis.ts'
import { createCommon, pinAnswers } from './evm/pinned-common.ts'
import type { ReferenceTracers } from './evm/reference-evm.ts'
import { ReferenceEvm } from './evm/reference-evm.ts'
import type { Execution } from './execution.ts'
import type { ExecutionResult } from './execution-result.ts'
import { InvalidTransactionError } from './execution-result.ts'
import { JournaledState } from './state/journaled-state.ts'
import type { AccountWrites, StateAccess } from './state-access.ts'
import { dequeueRequests, storeAncestry } from './system-calls.ts'
import { runTransaction } from './transaction-execution.ts'

keepJumpAnalyses()
spareBalanceReads()

/** One per worker; one execution at a time. */
export class ReferenceExecutor {
  readonly #config: ChainConfig
  /** By chain id and fork. */
  readonly #evms = new Map<string, ReferenceEvm>()
  readonly #blockHashes = new BlockHashes()
  readonly #tracers: ReferenceTracers
  #block: BlockEnvironment | undefined

  constructor(config: ChainConfig, tracers: ReferenceTracers = {}) {
    this.#config = config
    this.#tracers = tracers
  }

  /**
   * The executions that follow belong to this block, until another is opened. `config` is for a block
   * of another chain than the executor's.
   */
  openBlock(
    context: BlockContext,
    config: ChainConfig = this.#config,
    overrides: EnvironmentOverrides = {},
  ): void {
    this.#blockHashes.openBlock(context)
    this.#block = createBlockEnvironment(config, context, overrides)
  }

  /** The block that was opened last. */
  get block(): BlockEnvironment {
    assert(this.#block !== undefined, 'a block is opened before its transactions are executed')
    return this.#block
  }

  /** Whether the open block has a precompiled contract at the 20-byte address. */
  isPrecompile(address: Uint8Array): boolean {
    return this.#evmFor(this.block).precompileTable.at(address) !== undefined
  }

  /**
   * Executes a transaction whose sender has been recovered. With `eager`, the sender's nonce and
   * balance are read and checked; without, they become an expectation and a bound for the committer.
   * @throws InvalidTransactionError with the exact reason; or whatever `access` threw, and then the
   * execution has left no trace
   */
  async executeTransaction(
    tx: Transaction,
    sender: Uint8Array,
    access: StateAccess,
    options: { readonly eager: boolean },
  ): Promise<ExecutionResult> {
    const execution = this.#begin(access)
    try {
      return await runTransaction(tx, sender, execution, options.eager ? 'eager' : 'lazy')
    } catch (error) {
      if (options.eager || !(error instanceof InvalidTransactionError)) throw error
    }
    // Nonce and funds come before most other reasons, so that the first one shows only eagerly.
    execution.state.rewind()
    return runTransaction(tx, sender, execution, 'eager')
  }

  /**
   * Executes a transaction that nobody has signed, on final state: `eth_call` and its kin. What a
   * sender's code and the cap on gas forbid is let pass, as in go-ethereum.
   * @throws InvalidTransactionError
   */
  executeMessage(
    tx: Transaction,
    sender: Uint8Array,
    access: StateAccess,
  ): Promise<ExecutionResult> {
    return runTransaction(tx, sender, this.#begin(access), 'message')
  }

  /** What the block does before its first transaction. */
  async executeOpening(access: StateAccess): Promise<ExecutionResult> {
    const execution = this.#begin(access)
    moveDaoBalances(execution)
    await storeAncestry(execution)
    return { status: 1, gasUsed: 0n, logs: [], writes: finalWrites(execution) }
  }

  /**
   * What the block does behind its last transaction. Deposit requests (EIP-6110) are found among
   * `logs`, those of the whole block; who knows them only later leaves them out here, and calls
   * `depositRequest` himself.
   * @throws SystemCallError or InvalidDepositLogError when that makes the block invalid
   */
  async executeClosing(access: StateAccess, logs: readonly Log[] = []): Promise<ExecutionResult> {
    const execution = this.#begin(access)
    const requests = []
    if (isAtLeast(execution.block.fork, 'prague')) {
      const { depositContract } = execution.block.config
      const deposits = depositContract && depositRequest(logs, depositContract)
      if (deposits !== undefined) requests.push(deposits)
      requests.push(...(await dequeueRequests(execution)))
    }
    payCredits(execution)
    return { status: 1, gasUsed: 0n, logs: [], writes: finalWrites(execution), requests }
  }

  #begin(access: StateAccess): Execution {
    const { block } = this
    const evm = this.#evmFor(block)
    const state = new JournaledState(access, {
      deletesEmptyAccounts: isAtLeast(block.fork, 'spuriousDragon'),
    })
    evm.begin(state)
    return { state, evm, block }
  }

  #evmFor({ config, fork }: BlockEnvironment): ReferenceEvm {
    const key = `${config.chainId} ${fork}`
    let evm = this.#evms.get(key)
    if (evm === undefined) {
      const common = createCommon(config.chainId, fork)
      evm = new ReferenceEvm(common, this.#blockHashes, this.#tracers)
      pinAnswers(common)
      this.#evms.set(key, evm)
    }
    return evm
  }
}

function finalWrites({ state }: Execution): AccountWrites[] {
  if (state.deletesEmptyAccounts) state.deleteTouchedEmptyAccounts()
  return state.writes()
}
