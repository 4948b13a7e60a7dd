/** Where the newest verified block is kept, and what is needed of the blocks before it. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Header } from '@shredcast/shared/chain/header'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'
import type { SealedBlock } from '@shredcast/shared/state/canonical-state'

export interface KeptChain {
  readonly genesisHash: Uint8Array
  /** The newest block. */
  readonly head: { readonly header: Header; readonly hash: Uint8Array }
  /** Of the newest blocks, as the next one may ask for them. */
  recentHashes(): ReadonlyMap<bigint, Uint8Array>
  /** The whole state behind the head. */
  accounts(): Iterable<GenesisAccount>
  /** What the trie has to be told behind a block with these diffs: see `emptiedAccounts`. */
  emptied(diffs: readonly StateDiff[]): readonly StateChange[]
  /** Makes the block, whose root the trie has come to, the head. */
  apply(block: SealedBlock, diffs: readonly StateDiff[]): Promise<void>
}
