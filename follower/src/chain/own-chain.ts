/** What a follower knows of the chain by itself: the state that blocks build on, and their history. */

import type { BlockOpened, BlockSealed, ChainReverted } from '@shredcast/protocol/wire/messages'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { Engine } from '@shredcast/shared/engine/engine'
import type { Difference } from '../apply/difference.ts'

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
   * Checks what only the chain knows of a seal that is right in itself, and moves on behind the block.
   * All its steps are committed, the block is still open in the engine.
   */
  finish(sealed: BlockSealed, engine: Engine): Promise<Difference | undefined>

  /** Goes back to a block that was verified, unless the chain may not or the way leads elsewhere. */
  revert(reverted: ChainReverted, engine: Engine): Promise<Difference | undefined>
}
