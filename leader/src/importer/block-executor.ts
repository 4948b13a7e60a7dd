/**
 * Executes whole blocks in the engine, each on the state of its own parent, and compares what they
 * come to with their headers.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import { blockContextOf } from '@shredcast/shared/chain/block'
import type { Block } from '@shredcast/shared/chain/block-codec'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { headerHash } from '@shredcast/shared/chain/header'
import type { BlockFault } from '@shredcast/shared/chain/rules/invalid-block'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import type { RejectedTransaction } from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { InvalidDepositLogError } from '@shredcast/shared/engine/reference/deposit-requests'
import type { InvalidReason } from '@shredcast/shared/engine/reference/execution-result'
import { HALT_SYSTEM_CALL_FAILED } from '@shredcast/shared/layout/control'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { BlockStates, PendingState } from '@shredcast/shared/state/block-states'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import { validateSummary } from '@shredcast/shared/state/body-rules'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'

/** Why a block is refused: a rule of blocks, or one of transactions. */
export type Refusal = BlockFault | InvalidReason

export class BlockExecutor {
  readonly #engine: Engine
  readonly #states: BlockStates
  /** The block whose state the engine holds. */
  #loaded: Uint8Array | undefined

  /** `loaded`: the block whose state the engine has, or loads by itself. */
  constructor(engine: Engine, states: BlockStates, loaded?: Uint8Array) {
    this.#engine = engine
    this.#states = states
    this.#loaded = loaded
  }

  /**
   * Executes a block whose header and body are right in themselves; its state is kept.
   * `blockHashes`: of its BLOCK_HASH_COUNT newest ancestors, by number.
   * @throws InvalidBlockError<Refusal>, and no trace of the block remains; EngineHaltedError
   */
  async execute(
    block: Block,
    config: ChainConfig,
    blockHashes: ReadonlyMap<bigint, Uint8Array>,
  ): Promise<void> {
    const { header, transactions, ommers, withdrawals } = block
    const context = blockContextOf(header, {
      ommers: ommers.map(({ number, beneficiary }) => ({ number, beneficiary })),
      blockHashes,
      ...(withdrawals !== undefined && { withdrawals }),
    })
    await this.#load(header.parentHash)
    const hash = headerHash(header)
    try {
      const finished = await this.#run(block, context, config)
      const state = await this.#states.beginAfter(header.parentHash)
      await compare(block, finished, state)
      await this.#engine.applyBlock()
      this.#loaded = hash
      const body = { transactions, ommers, ...(withdrawals && { withdrawals }) }
      await state.keep(hash, { header, body, receipts: finished.receipts })
      await this.#engine.trimState()
    } catch (error) {
      await this.#engine.abandonBlock()
      throw isMissingSystemContract(error)
        ? new InvalidBlockError('system contract missing or failed', { cause: error })
        : error
    }
  }

  async #load(hash: Uint8Array): Promise<void> {
    if (this.#loaded !== undefined && equalBytes(this.#loaded, hash)) return
    this.#loaded = undefined
    await this.#engine.loadState(this.#states.accountsAt(hash))
    this.#loaded = hash
  }

  async #run(block: Block, context: BlockContext, config: ChainConfig): Promise<FinishedBlock> {
    const rejected: RejectedTransaction[] = []
    const builder = await BlockBuilder.open(
      {
        engine: this.#engine,
        config,
        publish: () => {},
        onRejected: (step) => {
          rejected.push(step)
        },
      },
      context,
    )
    builder.append(block.transactions)
    builder.close()
    builder.execute()
    const finished = await builder.finished.catch((error: unknown) => {
      if (!(error instanceof InvalidDepositLogError)) throw error
      throw new InvalidBlockError('invalid deposit log', { cause: error })
    })
    const [first] = rejected
    if (first === undefined) return finished
    const details = `transaction ${first.txIndex - 1}`
    throw new InvalidBlockError<InvalidReason>(first.reason, { details })
  }
}

/** Applies the block's diffs to `state` and compares all that its execution came to. */
async function compare(
  { header }: Block,
  finished: FinishedBlock,
  state: PendingState,
): Promise<void> {
  const hasPostStates = !isAtLeast(finished.fork, 'byzantium')
  const stateRoots: Uint8Array[] = []
  for (const diff of finished.diffs) {
    await state.apply(diff)
    if (hasPostStates) stateRoots.push(await state.root())
  }
  const { withdrawals = [] } = finished.context
  const summary = summarizeBlock({
    ...finished,
    withdrawals,
    // The opening step has no receipt.
    ...(hasPostStates && { postStates: stateRoots.slice(1) }),
  })
  validateSummary(header, { ...summary, stateRoot: await state.root() })
}

function isMissingSystemContract(error: unknown): boolean {
  return error instanceof EngineHaltedError && error.reason === HALT_SYSTEM_CALL_FAILED
}
