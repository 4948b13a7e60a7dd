/**
 * The headers of all valid blocks that grow from a genesis, and which of them is the head: before
 * Paris the block of greatest total difficulty, the first seen winning a tie (Yellow Paper 10); from
 * Paris on the valid block that was imported last, as nobody here is told a fork choice. A chain that
 * has merged does not go back (EIP-3675).
 */

import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { configBehind, hardforkAt } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Ancestor } from '@shredcast/shared/chain/rules/ommer-rules'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

/** A header and what goes with it take about 2 KiB. */
const BLOCKS_MAX = 1_000_000

export class BlockTreeFullError extends BaseError {
  override readonly name = 'Leader.BlockTreeFullError'
}

export interface TreeBlock extends Ancestor {
  /** Undefined for the oldest that is kept. */
  parent: TreeBlock | undefined
  /** Of it and all its ancestors. */
  readonly totalDifficulty: bigint
}

export class BlockTree {
  readonly #config: ChainConfig
  readonly #blocks = new Map<Hex, TreeBlock>()
  readonly #depth: bigint
  #head: TreeBlock

  /**
   * The tree of `head` and its ancestors. `depth`: blocks that are further behind the newest one are
   * forgotten.
   */
  constructor(config: ChainConfig, head: TreeBlock, depth = BLOCKS_MAX) {
    this.#config = config
    this.#head = head
    this.#depth = BigInt(depth)
    for (const block of [...lineOf(head)].reverse()) this.#blocks.set(bytesToHex(block.hash), block)
  }

  get head(): TreeBlock {
    return this.#head
  }

  find(hash: Uint8Array): TreeBlock | undefined {
    return this.#blocks.get(bytesToHex(hash))
  }

  /** The rules as they hold for children of `parent`. */
  configBehind(parent: TreeBlock): ChainConfig {
    return configBehind(this.#config, parent.totalDifficulty)
  }

  /**
   * Adds a block that is known to be valid.
   * @throws BlockTreeFullError
   */
  add(header: Header, parent: TreeBlock, ommers: readonly Header[]): TreeBlock {
    if (this.#blocks.size === BLOCKS_MAX) {
      throw new BlockTreeFullError(`more than ${BLOCKS_MAX} blocks`)
    }
    const block: TreeBlock = {
      header,
      hash: headerHash(header),
      ommerHashes: ommers.map(headerHash),
      parent,
      totalDifficulty: parent.totalDifficulty + header.difficulty,
    }
    this.#blocks.set(bytesToHex(block.hash), block)
    if (this.#isBetter(block)) this.#head = block
    this.#forget(this.#head.header.number - this.#depth)
    return block
  }

  /** Blocks below that number; the oldest came first. */
  #forget(number: bigint): void {
    for (const [key, block] of this.#blocks) {
      if (block.header.number > number) return
      block.parent = undefined
      if (block.header.number < number) this.#blocks.delete(key)
    }
  }

  #isBetter(block: TreeBlock): boolean {
    if (this.#isMerged(block)) return true
    return !this.#isMerged(this.#head) && block.totalDifficulty > this.#head.totalDifficulty
  }

  #isMerged({ header, parent }: TreeBlock): boolean {
    const config = parent === undefined ? this.#config : this.configBehind(parent)
    return isAtLeast(hardforkAt(config, header.number, header.timestamp), 'paris')
  }
}

/** The root of a tree. */
export function firstBlock(genesis: Header): TreeBlock {
  const hash = headerHash(genesis)
  const totalDifficulty = genesis.difficulty
  return { header: genesis, hash, ommerHashes: [], parent: undefined, totalDifficulty }
}

/** A block and its ancestors, newest first. */
export function* lineOf(newest: TreeBlock): Iterable<TreeBlock> {
  for (let block: TreeBlock | undefined = newest; block; block = block.parent) yield block
}
