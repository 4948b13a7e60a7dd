/** One block on its way through a follower, whatever the follower does with it. */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { BlockSealed, Shred, StreamMessage } from '@shredcast/protocol/wire/messages'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { DeclaredSchedule } from '@shredcast/shared/engine/engine'
import type { ExecutedBlock } from './verify-seal.ts'

export type Received<M extends StreamMessage> = ReceivedMessage & { readonly message: M }

/** By execution, in the order of the graph or each step on its seeds; or by what the shreds say. */
export type BlockMode = DeclaredSchedule | 'apply'

/** A block whose every message was taken. */
export interface FinishedBlock extends ExecutedBlock {
  readonly mode: BlockMode
  /** Of all steps: opening, transactions, closing. */
  readonly diffs: readonly StateDiff[]
  /** From the first declaration to the last commit; of an applied block, taking it over. */
  readonly executeMs: number
}

export interface BlockRun {
  /** Rejects when a step fails, also while no message comes; else resolves behind the last one. */
  readonly comparing: Promise<void>
  /** Of the steps that were taken so far. */
  readonly diffs: readonly StateDiff[]
  /** @throws DivergenceError, EngineHaltedError of an earlier step */
  add(received: Received<Shred>): Promise<void>
  /**
   * Resolves when all steps are taken and agree.
   * @throws DivergenceError, EngineHaltedError
   */
  seal(received: Received<BlockSealed>): Promise<FinishedBlock>
  /**
   * Resolves when all steps so far are compared; no more may be added.
   * @throws DivergenceError, EngineHaltedError
   */
  settle(): Promise<void>
  /** Drops the block; whoever waits for it is told so. */
  abandon(): Promise<void>
}
