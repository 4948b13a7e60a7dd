/**
 * Block tests of ethereum/tests, legacytests and execution-spec-tests: a genesis, blocks that are
 * imported one after another, some of them invalid, and the head and the state that they come to.
 */

import { hexToBytes } from '../primitives/bytes.ts'
import type { ChainConfig } from './chain-config.ts'
import type { GenesisAccount } from './genesis-account.ts'
import type { NamedTest, PreStateJson, TestConfigJson } from './test-format.ts'
import { accountsOf, parseTests } from './test-format.ts'
import { configOfNetwork } from './test-network.ts'

export interface BlockTest {
  readonly name: string
  /** As the file gives it. */
  readonly network: string
  /** Undefined: a fork that this project does not know. */
  readonly config: ChainConfig | undefined
  /** A whole block, RLP. */
  readonly genesis: Uint8Array
  readonly genesisHash: Uint8Array
  readonly alloc: readonly GenesisAccount[]
  /** In the order in which they are imported. */
  readonly blocks: readonly BlockOfTest[]
  readonly headHash: Uint8Array
  /** All accounts behind the head, or the root of its state. */
  readonly headState: readonly GenesisAccount[] | Uint8Array
}

export interface BlockOfTest {
  /** RLP, as on the wire. */
  readonly bytes: Uint8Array
  /**
   * Undefined: the block is valid. Else names of what may be wrong with it, any of which is right;
   * none where the file gives no reason.
   */
  readonly exceptions: readonly string[] | undefined
}

/** A test of a file, before it is read. */
export type NamedBlockTest = NamedTest<BlockTestJson>

// The JSON of a block test as far as it is used.
interface BlockTestJson {
  readonly network: string
  readonly config?: TestConfigJson
  readonly pre: PreStateJson
  readonly genesisBlockHeader: { readonly hash: string }
  readonly genesisRLP: string
  readonly blocks: readonly BlockJson[]
  readonly lastblockhash: string
  readonly postState?: PreStateJson
  readonly postStateHash?: string
}

interface BlockJson extends Readonly<Record<string, unknown>> {
  readonly rlp: string
}

/**
 * The block tests among the named tests of a file; other kinds of tests are passed over.
 * @throws InvalidTestFileError when the text is no JSON
 */
export function parseBlockTests(text: string): NamedBlockTest[] {
  return parseTests<BlockTestJson>(text, (json) => {
    return Array.isArray(json.blocks) && typeof json.genesisRLP === 'string'
  })
}

/**
 * What the test's JSON should hold is taken on trust.
 * @throws whatever reading a field that is not as it should be leads to
 */
export function readBlockTest({ name, json }: NamedBlockTest): BlockTest {
  const { network, postStateHash } = json
  return {
    name,
    network,
    config: configOfNetwork(network, json.config),
    genesis: hexToBytes(json.genesisRLP),
    genesisHash: hexToBytes(json.genesisBlockHeader.hash),
    alloc: accountsOf(json.pre),
    blocks: json.blocks.map((block) => ({
      bytes: hexToBytes(block.rlp),
      exceptions: 'blockHeader' in block ? undefined : exceptionsOf(block, network),
    })),
    headHash: hexToBytes(json.lastblockhash),
    headState:
      postStateHash === undefined ? accountsOf(json.postState ?? {}) : hexToBytes(postStateHash),
  }
}

function exceptionsOf(block: BlockJson, network: string): string[] {
  const names =
    block.expectException ?? block[`expectException${network}`] ?? block.expectExceptionALL
  return typeof names === 'string' ? names.split('|') : []
}
