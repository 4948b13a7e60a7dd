/**
 * Takes one block through the engine: opens it, lets transactions in while it runs, turns each
 * commit into a message the moment it is there, and closes it.
 *
 *     open -> append* -> execute -> (commits: BlockOpened, Shred*) -> close -> finished
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Log, Receipt } from '@shredcast/shared/chain/receipt'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type {
  CommittedStep,
  CommittedSystemStep,
  CommittedTransaction,
  RejectedTransaction,
} from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { depositRequest } from '@shredcast/shared/engine/reference/deposit-requests'
import type { StepHints } from '@shredcast/shared/engine/step-input'

export interface BlockBuilderOptions {
  readonly engine: Engine
  /** The rules that hold for the block. */
  readonly config: ChainConfig
  /** Its changes go to the engine's trie, for `Engine.stateRoot`. */
  readonly feedsTrie?: boolean
  /** What was changed by hand before it; the engine has it. */
  readonly edits?: BlockEdits
  /** Takes each message of the block, in order, but for the seal. */
  readonly publish: (draft: MessageDraft) => void
  /** A transaction that was invalid at its place; it is left out of the block. */
  readonly onRejected?: (rejected: RejectedTransaction) => void
  /** A step is committed and its message is published. */
  readonly onCommitted?: (step: CommittedTransaction | CommittedSystemStep) => void
}

/** A block whose last step is committed. */
export interface FinishedBlock {
  readonly context: BlockContext
  readonly fork: Hardfork
  readonly transactions: readonly Uint8Array[]
  readonly receipts: readonly Receipt[]
  /** Diffs of all steps, in order: opening, transactions, closing. */
  readonly diffs: readonly StateDiff[]
  readonly closing: StateDiff
  /** EIP-7685 requests, in order of type. */
  readonly requests: readonly Uint8Array[]
}

export class BlockBuilder {
  readonly #options: BlockBuilderOptions
  readonly #context: BlockContext
  readonly #transactions: Uint8Array[] = []
  readonly #receipts: Receipt[] = []
  readonly #diffs: StateDiff[] = []
  #closingIndex: number | undefined
  #closing: CommittedSystemStep | undefined
  readonly #finished: Promise<FinishedBlock>

  private constructor(options: BlockBuilderOptions, context: BlockContext) {
    this.#options = options
    this.#context = context
    this.#finished = this.#takeCommits()
    // Whoever awaits `finished` hears of a failure; until then it is nobody's unhandled rejection.
    this.#finished.catch(() => {})
  }

  /** Opens the block in the engine; nothing runs before `execute`. */
  static async open(options: BlockBuilderOptions, context: BlockContext): Promise<BlockBuilder> {
    const { engine, config, feedsTrie = false } = options
    await engine.openBlock(context, 'block-stm', { config, feedsTrie })
    return new BlockBuilder(options, context)
  }

  /**
   * Resolves when the closing step is committed.
   * @throws EngineHaltedError
   */
  get finished(): Promise<FinishedBlock> {
    return this.#finished
  }

  append(transactions: readonly Uint8Array[], hints?: readonly StepHints[]): void {
    this.#options.engine.append(transactions, hints)
  }

  /** Lets everything appended so far run. */
  execute(): void {
    this.#options.engine.execute()
  }

  /** Appends the closing step: no transaction comes after it. */
  close(): void {
    this.#options.engine.appendClosing()
    this.#closingIndex = this.#options.engine.stepCount - 1
  }

  async #takeCommits(): Promise<FinishedBlock> {
    const { engine } = this.#options
    let taken = 0
    while (this.#closing === undefined) {
      const committed = await engine.committedAbove(taken)
      for (; taken < committed; taken++) this.#take(engine.step(taken))
    }
    return this.#finish(this.#closing)
  }

  #take(step: CommittedStep): void {
    if (step.type === 'rejected') {
      this.#options.onRejected?.(step)
    } else if (step.type === 'transaction') {
      this.#transactions.push(step.transaction)
      this.#receipts.push(step.receipt)
      this.#diffs.push(step.diff)
      this.#options.publish(shredDraft(step, this.#context.number))
      this.#options.onCommitted?.(step)
    } else {
      this.#diffs.push(step.diff)
      if (step.txIndex === this.#closingIndex) this.#closing = step
      else this.#publishOpening(step)
      this.#options.onCommitted?.(step)
    }
  }

  #publishOpening({ diff }: CommittedSystemStep): void {
    const { edits, publish } = this.#options
    publish({ type: 'blockOpened', context: this.#context, diff, ...(edits && { edits }) })
  }

  #finish(closing: CommittedSystemStep): FinishedBlock {
    const { config } = this.#options
    const fork = hardforkAt(config, this.#context.number, this.#context.timestamp)
    const logs = isAtLeast(fork, 'prague') ? this.#receipts.flatMap((receipt) => receipt.logs) : []
    return {
      context: this.#context,
      fork,
      transactions: this.#transactions,
      receipts: this.#receipts,
      diffs: this.#diffs,
      closing: closing.diff,
      requests: [...depositRequests(logs, config), ...closing.requests],
    }
  }
}

function depositRequests(logs: readonly Log[], config: ChainConfig): Uint8Array[] {
  const { depositContract } = config
  const request = depositContract && depositRequest(logs, depositContract)
  return request === undefined ? [] : [request]
}

function shredDraft(step: CommittedTransaction, blockNumber: bigint): MessageDraft {
  const { shredIndex, transaction, sender, receipt, startingLogIndex, diff } = step
  return {
    type: 'shred',
    blockNumber,
    shredIndex,
    transaction,
    sender,
    receipt,
    startingLogIndex,
    diff,
    committedAtUs: Math.round((performance.timeOrigin + performance.now()) * 1000),
  }
}
