/**
 * From the stream's messages to verified blocks: each message, in its order, goes to the block that is
 * open, and a block that is sealed and right becomes the state that the next one builds on.
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { BlockOpened, BlockSealed, Shred } from '@shredcast/protocol/wire/messages'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { DeclaredSchedule, Engine } from '@shredcast/shared/engine/engine'
import type { Received } from '../apply/block-verifier.ts'
import { BlockVerifier } from '../apply/block-verifier.ts'
import type { Difference } from '../apply/difference.ts'
import type { BlockPlace } from '../apply/divergence.ts'
import { DivergenceError } from '../apply/divergence.ts'
import { verifySeal } from '../apply/verify-seal.ts'
import type { OwnChain } from '../chain/own-chain.ts'
import { MessageOrder } from './message-order.ts'

/** A block whose every step and seal is what this follower came to by itself. */
export interface BlockReport {
  readonly number: number
  readonly mode: DeclaredSchedule
  readonly verified: true
  readonly shreds: number
  /** While the engine was at it: from the first step's declaration to the last commit. */
  readonly executeMs: number
  /** Of the dependency graph. */
  readonly edges: number
  /** Steps on the graph's longest path. */
  readonly criticalPath: number
  /** Executions thrown away; there are none without speculation. */
  readonly aborts: number
  /** From the leader's last commit to now, as far as the two clocks agree. */
  readonly lagMs?: number
}

export interface BlockIntakeOptions {
  /** Starts with no open block; its state is the intake's from now on. */
  readonly engine: Engine
  readonly chain: OwnChain
  /** How blocks are executed again; default `dag`. */
  readonly execute?: DeclaredSchedule
  readonly onBlock?: (report: BlockReport) => void
  /** Called in order, for each shred that agrees with its execution. */
  readonly onShred?: (shred: Shred) => void
}

export class BlockIntake {
  readonly #options: BlockIntakeOptions
  readonly #order: MessageOrder
  #verifier: BlockVerifier | undefined
  #lastShred: Shred | undefined
  #taking: Promise<void> = Promise.resolve()
  /** Rejects when a block fails while no message comes. */
  readonly failure: Promise<never>
  #fail: (error: unknown) => void = () => {}

  constructor(options: BlockIntakeOptions) {
    this.#options = options
    this.#order = new MessageOrder(!options.chain.isContinuous)
    this.failure = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failure.catch(() => {})
  }

  /**
   * Takes the next message, one at a time; a seal is taken when its block is verified.
   * @throws DivergenceError at the first difference; EngineHaltedError
   */
  take(received: ReceivedMessage): Promise<void> {
    const taking = this.#take(received)
    this.#taking = taking.catch(() => {})
    return taking
  }

  /**
   * Resolves when all steps so far are compared; no more may be taken.
   * @throws DivergenceError, EngineHaltedError
   */
  async settle(): Promise<void> {
    await this.#verifier?.settle()
  }

  /** Drops the block that is open; resolves when the engine is left alone. */
  async abandon(): Promise<void> {
    await this.#verifier?.abandon()
    await this.#taking
    // The message that was being taken may have opened a block meanwhile.
    await this.#verifier?.abandon()
    this.#verifier = undefined
  }

  async #take(received: ReceivedMessage): Promise<void> {
    const { message } = received
    if (this.#order.isBeforeFirstBlock(message)) return
    const misplaced = this.#order.next(message)
    if (misplaced !== undefined) {
      // What stands before the misplaced message may be wrong too, and then it is the first.
      await this.#verifier?.settle()
      throw new DivergenceError({ ...misplaced, received }, this.#verifier?.diffs)
    }
    if (message.type === 'blockOpened') await this.#open({ ...received, message })
    else if (message.type === 'shred') await this.#add({ ...received, message })
    else await this.#seal({ ...received, message })
  }

  async #open(received: Received<BlockOpened>): Promise<void> {
    const { engine, chain, execute = 'dag', onShred } = this.#options
    const { context } = received.message
    const found = await chain.begin(context, engine)
    if (found !== undefined) throw divergence(found, context.number, 'open', received)
    this.#lastShred = undefined
    const how = { schedule: execute, feedsTrie: chain.isContinuous }
    this.#verifier = await BlockVerifier.open(engine, received, how, (shred) => {
      this.#lastShred = shred
      onShred?.(shred)
    })
    this.#verifier.comparing.catch(this.#fail)
  }

  async #add(received: Received<Shred>): Promise<void> {
    await this.#verifier?.add(received)
  }

  async #seal(received: Received<BlockSealed>): Promise<void> {
    const { engine, chain, execute = 'dag', onBlock } = this.#options
    const block = await this.#verifier!.seal(received)
    const { edges, criticalPath, aborts } = engine.stats
    const { message } = received
    const found = verifySeal(message, block, chain.config) ?? (await chain.finish(message, engine))
    const { number } = block.context
    if (found !== undefined) throw divergence(found, number, 'seal', received, block.diffs)
    this.#verifier = undefined
    const committedAtUs = this.#lastShred?.committedAtUs
    onBlock?.({
      number: Number(number),
      mode: execute,
      verified: true,
      shreds: message.shredCount,
      executeMs: block.executeMs,
      edges,
      criticalPath,
      aborts,
      ...(committedAtUs !== undefined && { lagMs: clockMs() - committedAtUs / 1000 }),
    })
  }
}

function clockMs(): number {
  return performance.timeOrigin + performance.now()
}

function divergence(
  found: Difference,
  blockNumber: bigint,
  place: BlockPlace,
  received: ReceivedMessage,
  diffs: readonly StateDiff[] = [],
): DivergenceError {
  return new DivergenceError({ ...found, blockNumber, place, received }, diffs)
}
