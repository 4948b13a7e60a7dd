/** The newest blocks of a stored chain, as a tree of blocks goes on from them. */

import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { assert } from '@shredcast/shared/primitives/assert'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { TreeBlock } from './block-tree.ts'

/** As many as the next block may ask for the hashes of; its ommers look back less far. */
export const LINE_BLOCKS = Number(BLOCK_HASH_COUNT)

/** The head of the chain, with LINE_BLOCKS ancestors if there are so many. */
export function storedLine(chain: StoredChain, config: ChainConfig): TreeBlock {
  const last = chain.head.header.number
  const first = last > BLOCK_HASH_COUNT ? last - BLOCK_HASH_COUNT : 0n
  let parent: TreeBlock | undefined
  let totalDifficulty = difficultyBelow(chain, config, first)
  for (let number = first; number < last; number++) {
    parent = blockAt(chain, number, parent, totalDifficulty)
    totalDifficulty = parent.totalDifficulty
  }
  return blockAt(chain, last, parent, totalDifficulty)
}

function blockAt(
  chain: StoredChain,
  number: bigint,
  parent: TreeBlock | undefined,
  difficultyBefore: bigint,
): TreeBlock {
  const header = headerAt(chain, number)
  const { ommers = [] } = chain.tables.snapshot(() => chain.tables.blocks.body(number)) ?? {}
  return {
    header,
    hash: headerHash(header),
    ommerHashes: ommers.map(headerHash),
    parent,
    totalDifficulty: difficultyBefore + header.difficulty,
  }
}

/**
 * What the blocks below that number have together: all their headers are read, but only where Paris
 * begins by it. In a single line nothing else depends on it.
 */
function difficultyBelow(chain: StoredChain, config: ChainConfig, number: bigint): bigint {
  const isByDifficulty = config.forks.every(({ fork }) => fork !== 'paris')
  if (config.terminalTotalDifficulty === undefined || !isByDifficulty) return 0n
  let sum = 0n
  for (let below = 0n; below < number; below++) sum += headerAt(chain, below).difficulty
  return sum
}

function headerAt({ tables }: StoredChain, number: bigint): Header {
  const header = tables.snapshot(() => tables.blocks.header(number))
  assert(header !== undefined, 'a chain has all headers up to its head')
  return header
}
