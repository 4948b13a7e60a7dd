/**
 * Takes one block through the engine as its messages arrive. Each step is declared, and may run, the
 * moment its message is there; each is compared with its message as it commits, so results become
 * final in order while later steps run.
 *
 *     open -> add* -> seal -> executed
 *               \_______\____ the first difference ends it, with DivergenceError
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type {
  BlockOpened,
  BlockSealed,
  Shred,
  StreamMessage,
} from '@shredcast/protocol/wire/messages'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { READ_BALANCE, READ_CODE, READ_NONCE } from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { DeclaredSchedule, Engine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { HALT_DIVERGED, HALT_WORKER_ERROR } from '@shredcast/shared/layout/control'
import { assert } from '@shredcast/shared/primitives/assert'
import type { BlockRun, FinishedBlock, Received } from './block-run.ts'
import { compareSystemStep, compareTransaction } from './compare-step.ts'
import type { Difference } from './difference.ts'
import type { BlockPlace } from './divergence.ts'
import { DivergenceError } from './divergence.ts'
import { reexecute } from './reexecution.ts'

export class BlockVerifier implements BlockRun {
  readonly #engine: Engine
  readonly #opened: Received<BlockOpened>
  readonly #shreds: Received<Shred>[] = []
  #sealed: Received<BlockSealed> | undefined
  readonly #schedule: DeclaredSchedule
  readonly #onVerified: (message: StreamMessage) => void

  readonly #receipts: Receipt[] = []
  readonly #diffs: StateDiff[] = []
  #requests: readonly Uint8Array[] = []
  /** Steps below it are compared. */
  #compared = 0
  /** Where comparing ends; known when no more steps come. */
  #stepCount: number | undefined
  /** The engine no longer takes steps of this block. */
  #isStopped = false
  readonly #startedMs = performance.now()
  #committedMs = 0
  readonly #comparing: Promise<void>

  private constructor(
    engine: Engine,
    opened: Received<BlockOpened>,
    schedule: DeclaredSchedule,
    onVerified: (message: StreamMessage) => void,
  ) {
    this.#engine = engine
    this.#opened = opened
    this.#schedule = schedule
    this.#onVerified = onVerified
    engine.declare(0, opened.message.diff)
    this.#comparing = this.#compareCommits()
    // Whoever adds the next message hears of a failure; until then it is nobody's rejection.
    this.#comparing.catch(() => {})
  }

  /**
   * The engine holds the state before the block, and no open block; so does its trie if it is fed.
   * `onVerified` is called for the opening and each shred, in order, as its step turns out right.
   */
  static async open(
    engine: Engine,
    opened: Received<BlockOpened>,
    { schedule, feedsTrie }: { schedule: DeclaredSchedule; feedsTrie: boolean },
    onVerified: (message: StreamMessage) => void,
  ): Promise<BlockVerifier> {
    await engine.openBlock(opened.message.context, schedule, { feedsTrie })
    return new BlockVerifier(engine, opened, schedule, onVerified)
  }

  get diffs(): readonly StateDiff[] {
    return this.#diffs
  }

  get comparing(): Promise<void> {
    return this.#comparing
  }

  async add(received: Received<Shred>): Promise<void> {
    if (this.#isStopped) return this.#comparing
    const { transaction, diff } = received.message
    this.#shreds.push(received)
    this.#engine.append([transaction])
    this.#engine.declare(this.#shreds.length, diff)
  }

  async seal(received: Received<BlockSealed>): Promise<FinishedBlock> {
    if (!this.#isStopped) {
      const closing = this.#shreds.length + 1
      this.#sealed = received
      this.#stepCount = closing + 1
      this.#engine.appendClosing()
      this.#engine.declare(closing, received.message.diff)
    }
    await this.#comparing
    return {
      mode: this.#schedule,
      context: this.#opened.message.context,
      transactions: this.#shreds.map(({ message }) => message.transaction),
      receipts: this.#receipts,
      requests: this.#requests,
      diffs: this.#diffs,
      executeMs: this.#committedMs - this.#startedMs,
    }
  }

  async settle(): Promise<void> {
    if (this.#isStopped) return this.#comparing
    const stepCount = this.#shreds.length + 1
    if (this.#compared === stepCount) return
    this.#stepCount = stepCount
    await this.#comparing
  }

  async abandon(): Promise<void> {
    this.#isStopped = true
    await this.#engine.abandonBlock()
    await this.#comparing.catch(() => {})
  }

  async #compareCommits(): Promise<void> {
    // Whoever abandons the block may do so between two waits.
    while (this.#compared !== this.#stepCount && !this.#isStopped) {
      try {
        await this.#engine.committedAbove(this.#compared)
      } catch (error) {
        if (this.#isStopped) throw error
        await this.#explain(error)
      }
      this.#compareCommitted()
    }
  }

  #compareCommitted(): void {
    while (this.#compared < this.#engine.commitIndex) {
      if (this.#engine.commitIndex === this.#stepCount && this.#committedMs === 0) {
        this.#committedMs = performance.now()
      }
      this.#take(this.#engine.step(this.#compared))
    }
  }

  #take(step: CommittedStep): void {
    const found = this.#compare(step)
    if (found !== undefined) {
      this.#isStopped = true
      throw this.#divergenceAt(step.txIndex, found, [...this.#diffs, diffOf(step)])
    }
    assert(step.type !== 'rejected', 'a rejected step differs from its shred')
    this.#compared++
    this.#diffs.push(step.diff)
    if (step.type === 'system') {
      this.#requests = step.requests
      if (step.txIndex === 0) this.#onVerified(this.#opened.message)
    } else {
      this.#receipts.push(step.receipt)
      this.#onVerified(this.#shreds[step.txIndex - 1]!.message)
    }
  }

  #compare(step: CommittedStep): Difference | undefined {
    if (step.type !== 'system') {
      return compareTransaction(step, this.#shreds[step.txIndex - 1]!.message)
    }
    const received = step.txIndex === 0 ? this.#opened : this.#sealed
    return compareSystemStep(step.diff, received!.message.diff)
  }

  /**
   * Finds the difference behind a halt. An error in a worker may have one too: its step may have run
   * on what a lie about an earlier, not yet compared one left behind.
   * @throws DivergenceError, or the error itself when the block is not to blame
   */
  async #explain(error: unknown): Promise<never> {
    const isHalted = error instanceof EngineHaltedError
    if (isHalted) this.#compareCommitted()
    this.#isStopped = true
    if (!isHalted || ![HALT_DIVERGED, HALT_WORKER_ERROR].includes(error.reason)) throw error
    const steps = reexecute(this.#engine, {
      context: this.#opened.message.context,
      transactions: this.#shreds.map(({ message }) => message.transaction),
      isSealed: this.#sealed !== undefined,
    })
    const diffs: StateDiff[] = []
    for await (const step of steps) {
      diffs.push(diffOf(step))
      const found = this.#compare(step)
      if (found !== undefined) throw this.#divergenceAt(step.txIndex, found, diffs)
    }
    throw error
  }

  #divergenceAt(txIndex: number, found: Difference, diffs: readonly StateDiff[]): DivergenceError {
    const { number } = this.#opened.message.context
    const [place, received] = this.#messageOf(txIndex)
    return new DivergenceError({ ...found, blockNumber: number, place, received }, diffs)
  }

  #messageOf(txIndex: number): readonly [BlockPlace, ReceivedMessage] {
    if (txIndex === 0) return ['open', this.#opened]
    const shred = this.#shreds[txIndex - 1]
    return shred === undefined ? ['seal', this.#sealed!] : [txIndex - 1, shred]
  }
}

/** A rejected transaction changed nothing; its sender's account is why. */
function diffOf(step: CommittedStep): StateDiff {
  if (step.type !== 'rejected') return step.diff
  const fields = READ_BALANCE | READ_NONCE | READ_CODE
  return { changes: [], deltas: [], reads: [{ address: step.sender, fields, slots: [] }] }
}
