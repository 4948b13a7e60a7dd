/**
 * From the stream's messages to verified blocks: each message, in its order, goes to the block that is
 * open, and a block that is sealed and right becomes the state that the next one builds on.
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type {
  BlockOpened,
  BlockSealed,
  ChainReverted,
  Shred,
  StreamMessage,
} from '@shredcast/protocol/wire/messages'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { Engine } from '@shredcast/shared/engine/engine'
import { BlockApplication } from '../apply/block-application.ts'
import type { BlockMode, BlockRun, Received } from '../apply/block-run.ts'
import { BlockVerifier } from '../apply/block-verifier.ts'
import type { Difference } from '../apply/difference.ts'
import type { BlockPlace } from '../apply/divergence.ts'
import { DivergenceError } from '../apply/divergence.ts'
import { verifySeal } from '../apply/verify-seal.ts'
import type { OwnChain } from '../chain/own-chain.ts'
import { MessageOrder } from './message-order.ts'
import { StreamLag } from './stream-lag.ts'

/** A block whose every step and seal is what this follower came to by itself. */
export interface BlockReport {
  readonly number: number
  readonly mode: BlockMode
  /** All that the mode checks holds. */
  readonly verified: true
  readonly shreds: number
  /** From the first step's declaration to the last commit; of an applied block, taking it over. */
  readonly executeMs: number
  /** Of the dependency graph. */
  readonly edges: number
  /** Steps on the graph's longest path. */
  readonly criticalPath: number
  /** Executions thrown away; there are none without speculation. */
  readonly aborts: number
  /** From the leader's last commit to now, as far as the two clocks agree. */
  readonly lagMs?: number
  /** Messages that the leader was known to have when the block was verified, and this one had not. */
  readonly behind?: number
}

/** `auto` applies blocks while the leader is far ahead, and executes them when it is near. */
export type ExecuteMode = BlockMode | 'auto'

export interface BlockIntakeOptions {
  /** Starts with no open block; its state is the intake's from now on. */
  readonly engine: Engine
  readonly chain: OwnChain
  /** What is done with blocks; default `dag`. */
  readonly execute?: ExecuteMode
  /** For `auto`, and for reports. */
  readonly lag?: StreamLag
  readonly onBlock?: (report: BlockReport) => void
  /** The chain went back to the block of this number; the root behind it was right. */
  readonly onReverted?: (number: number) => void
  /** Called in order, for each message that holds: all that the mode checks of it does. */
  readonly onVerified?: (message: StreamMessage) => void
}

export class BlockIntake {
  readonly #options: BlockIntakeOptions
  readonly #order: MessageOrder
  readonly #lag: StreamLag
  #run: BlockRun | undefined
  #taking: Promise<void> = Promise.resolve()
  /** Rejects when a block fails while no message comes. */
  readonly failure: Promise<never>
  #fail: (error: unknown) => void = () => {}

  constructor(options: BlockIntakeOptions) {
    this.#options = options
    this.#order = new MessageOrder(!options.chain.isContinuous)
    this.#lag = options.lag ?? new StreamLag()
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
    await this.#run?.settle()
  }

  /** Drops the block that is open; resolves when the engine is left alone. */
  async abandon(): Promise<void> {
    await this.#run?.abandon()
    await this.#taking
    // The message that was being taken may have opened a block meanwhile.
    await this.#run?.abandon()
    this.#run = undefined
  }

  async #take(received: ReceivedMessage): Promise<void> {
    const { message } = received
    if (this.#order.isBeforeFirstBlock(message)) return
    const misplaced = this.#order.next(message)
    if (misplaced !== undefined) {
      // What stands before the misplaced message may be wrong too, and then it is the first.
      await this.#run?.settle()
      throw new DivergenceError({ ...misplaced, received }, this.#run?.diffs)
    }
    if (message.type === 'blockOpened') await this.#open({ ...received, message })
    else if (message.type === 'shred') await this.#add({ ...received, message })
    else if (message.type === 'blockSealed') await this.#seal({ ...received, message })
    else await this.#revert({ ...received, message })
  }

  async #open(received: Received<BlockOpened>): Promise<void> {
    const { engine, chain } = this.#options
    const { context } = received.message
    const found = await chain.begin(received.message, engine)
    if (found !== undefined) throw divergence(found, context.number, 'open', received)
    this.#run = await this.#runOf(received)
    this.#run.comparing.catch(this.#fail)
  }

  async #runOf(received: Received<BlockOpened>): Promise<BlockRun> {
    const { engine, chain, execute = 'dag' } = this.#options
    const onVerified = (message: StreamMessage) => this.#verified(message)
    const mode = execute === 'auto' ? (this.#lag.isFar ? 'apply' : 'dag') : execute
    if (mode === 'apply') return new BlockApplication(engine, received, onVerified)
    const how = { schedule: mode, feedsTrie: chain.isContinuous }
    return BlockVerifier.open(engine, received, how, onVerified)
  }

  async #revert(received: Received<ChainReverted>): Promise<void> {
    const { engine, chain, onReverted } = this.#options
    const { message } = received
    const found = await chain.revert(message, engine)
    if (found !== undefined) throw divergence(found, message.number, 'open', received)
    this.#verified(message)
    onReverted?.(Number(message.number))
  }

  async #add(received: Received<Shred>): Promise<void> {
    await this.#run?.add(received)
  }

  async #seal(received: Received<BlockSealed>): Promise<void> {
    const { engine, chain, onBlock } = this.#options
    const block = await this.#run!.seal(received)
    const { mode, executeMs } = block
    const isExecuted = mode !== 'apply'
    const { edges, criticalPath, aborts } = engine.stats
    const { message } = received
    const found =
      verifySeal(message, block, chain.config) ?? (await chain.finish(message, block, engine))
    const { number } = block.context
    if (found !== undefined) throw divergence(found, number, 'seal', received, block.diffs)
    this.#run = undefined
    this.#verified(message)
    const { ms, messages } = this.#lag
    onBlock?.({
      number: Number(number),
      mode,
      verified: true,
      shreds: message.shredCount,
      executeMs,
      edges: isExecuted ? edges : 0,
      criticalPath: isExecuted ? criticalPath : 0,
      aborts: isExecuted ? aborts : 0,
      ...(ms !== undefined && { lagMs: ms }),
      behind: messages,
    })
  }

  #verified(message: StreamMessage): void {
    this.#lag.verified(message)
    this.#options.onVerified?.(message)
  }
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
