/**
 * Runs block tests: imports their blocks, valid and invalid ones, into a tree of their own and compares
 * the head and its state with what the file gives.
 */

import { decodeBlock } from '@shredcast/shared/chain/block-codec'
import type { BlockOfTest, BlockTest } from '@shredcast/shared/chain/block-test'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { headerHash } from '@shredcast/shared/chain/header'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { MemoryStates } from '@shredcast/shared/state/memory-states'
import type { Refusal } from '../importer/block-executor.ts'
import { BlockImporter } from '../importer/block-importer.ts'
import type { TreeBlock } from '../importer/block-tree.ts'
import { firstBlock } from '../importer/block-tree.ts'
import { isExpected, unknownExceptions } from './expected-refusals.ts'
import type { TestEngineOptions } from './test-engine.ts'
import { messageOf, TestEngine } from './test-engine.ts'

/** A test whose fork is known. */
export type RunnableBlockTest = BlockTest & { readonly config: ChainConfig }

export class BlockTestRunner {
  readonly #engine: TestEngine
  /** Names of refusals that are not known, of all tests so far; any refusal was taken for them. */
  readonly unknownExceptions = new Set<string>()

  constructor(options: TestEngineOptions) {
    this.#engine = new TestEngine(options)
  }

  /** What is wrong, in a line; undefined when the test passes. Never rejects. */
  async run(test: RunnableBlockTest, timeLimitMs: number): Promise<string | undefined> {
    for (const { exceptions = [] } of test.blocks) {
      for (const name of unknownExceptions(exceptions)) this.unknownExceptions.add(name)
    }
    try {
      return await this.#engine.within(timeLimitMs, test.config, (engine) => run(engine, test))
    } catch (error) {
      return messageOf(error)
    }
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}

async function run(engine: Engine, test: RunnableBlockTest): Promise<string | undefined> {
  const { config, genesisHash, alloc } = test
  const { header: genesis } = decodeBlock(test.genesis)
  if (!equalBytes(headerHash(genesis), genesisHash)) return 'the genesis has another hash'
  const { trie } = engine
  trie.reset(alloc)
  if (!equalBytes(trie.root(), genesis.stateRoot)) return 'the genesis has another state root'
  const states = new MemoryStates(genesisHash, alloc, trie)
  const importer = new BlockImporter({ config, head: firstBlock(genesis), engine, states })
  for (const [index, block] of test.blocks.entries()) {
    const fault = blockFault(block, await refusalOf(importer, block))
    if (fault !== undefined) return `block ${index}: ${fault}`
  }
  return headFault(importer.head, test, trie)
}

async function refusalOf(
  importer: BlockImporter,
  { bytes }: BlockOfTest,
): Promise<InvalidBlockError<Refusal> | undefined> {
  try {
    await importer.import(bytes)
    return undefined
  } catch (error) {
    if (error instanceof InvalidBlockError) return error
    throw error
  }
}

function blockFault(
  { exceptions }: BlockOfTest,
  refusal: InvalidBlockError<Refusal> | undefined,
): string | undefined {
  if (exceptions === undefined) {
    return refusal && `refused for ${refusal.reason} (${refusal.details ?? 'no details'})`
  }
  if (refusal === undefined) return `accepted, expected ${exceptions.join(' or ') || 'a refusal'}`
  if (isExpected(refusal.reason, exceptions)) return undefined
  return `refused for ${refusal.reason}, expected ${exceptions.join(' or ')}`
}

function headFault(head: TreeBlock, test: BlockTest, trie: StateTrie): string | undefined {
  const { headHash, headState } = test
  if (!equalBytes(head.hash, headHash)) {
    return `the head is ${bytesToHex(head.hash)}, not ${bytesToHex(headHash)}`
  }
  let root = headState
  if (!(root instanceof Uint8Array)) {
    trie.reset(root)
    root = trie.root()
  }
  return equalBytes(root, head.header.stateRoot) ? undefined : 'the head has another state'
}
