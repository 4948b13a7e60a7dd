/** What a follower knows of the chain by itself: the state that blocks build on, and their history. */

import type { BlockOpened, BlockSealed, ChainReverted } from '@shredcast/protocol/wire/messages'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { Engine } from '@shredcast/shared/engine/engine'
import type { FinishedBlock } from '../apply/block-run.ts'
import type { Difference } from '../apply/difference.ts'
import type { Touched } from '../verify/touched.ts'
import type { WitnessAccount } from '../verify/witness.ts'

export interface OwnChain {
  readonly config: ChainConfig
  /** As the leader's hello must say it. */
  readonly genesisHash: Uint8Array
  /**
   * Whether a block can only be verified after all blocks before it; the engine's trie then holds the
   * state.
   */
  readonly isContinuous: boolean

  /**
   * Puts the state before the block into the engine, unless the opening is not that of the block that
   * comes next; then that is the result.
   */
  begin(opened: BlockOpened, engine: Engine): Promise<Difference | undefined>

  /**
   * Proves what is touched of the state before the block that comes next, while no block is open;
   * undefined when there are no proofs of the state.
   */
  witness(touched: Touched, engine: Engine): WitnessAccount[] | undefined

  /**
   * Checks what only the chain knows of a seal that is right in itself, and moves on behind the block.
   * An executed block is still open in the engine, all its steps committed; an applied one is what
   * the engine holds already.
   */
  finish(sealed: BlockSealed, block: FinishedBlock, engine: Engine): Promise<Difference | undefined>

  /** Goes back to a block that was verified, unless the chain may not or the way leads elsewhere. */
  revert(reverted: ChainReverted, engine: Engine): Promise<Difference | undefined>
}
