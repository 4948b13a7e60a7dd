/**
 * Takes blocks from anybody, in any order that has parents first, and lets the valid ones into the
 * tree: decoding, the header's rules, ommers, body, and execution on the state of the parent.
 */

import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import type { Block } from '@shredcast/shared/chain/block-codec'
import { decodeBlock, MalformedBlockError } from '@shredcast/shared/chain/block-codec'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import { headerHash } from '@shredcast/shared/chain/header'
import { validateHeader } from '@shredcast/shared/chain/rules/header-rules'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import { OMMER_GENERATIONS, validateOmmers } from '@shredcast/shared/chain/rules/ommer-rules'
import type { Engine } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { BlockStates } from '@shredcast/shared/state/block-states'
import { validateBody } from '@shredcast/shared/state/body-rules'
import { BlockExecutor } from './block-executor.ts'
import type { TreeBlock } from './block-tree.ts'
import { BlockTree, lineOf } from './block-tree.ts'

export interface BlockImporterOptions {
  readonly config: ChainConfig
  /** Where the tree begins: the genesis, or the newest of a line of blocks. */
  readonly head: TreeBlock
  readonly engine: Engine
  /** Has the state behind the head. */
  readonly states: BlockStates
  /** Only so many blocks behind the newest are kept in memory. Default: all. */
  readonly depth?: number
  /** The engine has the state behind the head, or loads it by itself. */
  readonly isLoaded?: boolean
}

export class BlockImporter {
  readonly #tree: BlockTree
  readonly #executor: BlockExecutor

  constructor({ config, head, engine, states, depth, isLoaded }: BlockImporterOptions) {
    this.#tree = new BlockTree(config, head, depth)
    this.#executor = new BlockExecutor(engine, states, isLoaded ? head.hash : undefined)
  }

  get head(): TreeBlock {
    return this.#tree.head
  }

  /**
   * Imports one block, RLP as on the wire; one that is known already changes nothing. One at a time.
   * @throws InvalidBlockError<Refusal>, and no trace of the block remains; EngineHaltedError
   */
  async import(bytes: Uint8Array): Promise<TreeBlock> {
    const block = decoded(bytes)
    const { header, ommers } = block
    const known = this.#tree.find(headerHash(header))
    if (known !== undefined) return known
    const parent = this.#tree.find(header.parentHash)
    if (parent === undefined) {
      throw new InvalidBlockError('unknown parent', { details: bytesToHex(header.parentHash) })
    }
    const config = this.#tree.configBehind(parent)
    validateHeader(header, parent.header, config)
    validateOmmers(ommers, take(OMMER_GENERATIONS, lineOf(parent)), config)
    validateBody(block, bytes.length, hardforkAt(config, header.number, header.timestamp))
    await this.#executor.execute(block, config, blockHashesFrom(parent))
    return this.#tree.add(header, parent, ommers)
  }
}

function decoded(bytes: Uint8Array): Block {
  try {
    return decodeBlock(bytes)
  } catch (error) {
    if (!(error instanceof MalformedBlockError)) throw error
    throw new InvalidBlockError('malformed block', { details: error.shortMessage, cause: error })
  }
}

function blockHashesFrom(parent: TreeBlock): Map<bigint, Uint8Array> {
  const ancestors = take(Number(BLOCK_HASH_COUNT), lineOf(parent))
  return new Map(ancestors.map(({ header, hash }) => [header.number, hash]))
}

function take<T>(count: number, items: Iterable<T>): T[] {
  const taken: T[] = []
  for (const item of items) {
    if (taken.length === count) break
    taken.push(item)
  }
  return taken
}
