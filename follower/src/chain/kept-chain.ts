/** Where the newest verified block is kept, and what is needed of the blocks before it. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Header } from '@shredcast/shared/chain/header'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'
import type { Engine } from '@shredcast/shared/engine/engine'
import type { SealedBlock } from '@shredcast/shared/state/store-block'

export interface KeptChain {
  readonly genesisHash: Uint8Array
  /** The newest block. */
  readonly head: { readonly header: Header; readonly hash: Uint8Array }
  /** Of the newest blocks, as the next one may ask for them. */
  recentHashes(): ReadonlyMap<bigint, Uint8Array>
  /** The whole state behind the head; none where the engine reads it by itself. */
  accounts(): Iterable<GenesisAccount>
  /** What the trie has to be told behind a block that was not executed: see `emptiedAccounts`. */
  emptied(diffs: readonly StateDiff[]): readonly StateChange[]
  /** Of a block up to the head that the chain may go back to; undefined when it is not kept. */
  headerAt(number: bigint): Header | undefined
  /** Makes the block, whose root the trie has come to, the head. */
  apply(block: SealedBlock, diffs: readonly StateDiff[]): Promise<void>
  /**
   * Makes a block the head again; engine and trie have its state, to which `changes` led from the head.
   * @throws StateUnavailableError
   */
  revertTo(header: Header, changes: readonly StateChange[], engine: Engine): Promise<void>
}
