/** The next block of a chain before any of its transactions is known: its header and its context. */

import type { BlockContext } from '@shredcast/shared/chain/block'
import { blockContextOf } from '@shredcast/shared/chain/block'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { NextHeaderOptions } from './next-header.ts'
import { nextHeader } from './next-header.ts'

/** What the chain leaves to whoever makes the block; the context of a logged block says all of it. */
export type BlockChoice = Omit<NextHeaderOptions, 'config' | 'parent' | 'parentHash'>

export interface NextBlock {
  /** Fields that the block's content decides are those of an empty block. */
  readonly draft: Header
  readonly context: BlockContext
  readonly edits?: BlockEdits
}

export function nextBlock(chain: StoredChain, config: ChainConfig, choice: BlockChoice): NextBlock {
  const { header: parent, hash: parentHash } = chain.head
  const { timestamp, edits } = choice
  const draft = nextHeader({ ...choice, config, parent, parentHash })
  const fork = hardforkAt(config, draft.number, timestamp)
  const context = blockContextOf(draft, {
    ommers: [],
    blockHashes: chain.recentHashes(),
    ...(isAtLeast(fork, 'shanghai') && { withdrawals: [] }),
  })
  return { draft, context, ...(edits && { edits }) }
}
