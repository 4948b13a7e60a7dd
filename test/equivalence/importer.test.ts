/**
 * The importer on blocks of two chains that grow from one genesis: each block is executed on the state
 * of its own parent, in whatever order they come, and what is refused leaves no trace.
 */

import type { Refusal } from '@shredcast/leader/importer/block-executor'
import { BlockImporter } from '@shredcast/leader/importer/block-importer'
import { firstBlock } from '@shredcast/leader/importer/block-tree'
import type { Block } from '@shredcast/shared/chain/block-codec'
import { encodeBlock } from '@shredcast/shared/chain/block-codec'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { equalBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { ChainState } from '@shredcast/shared/state/chain-state'
import { MemoryStates } from '@shredcast/shared/state/memory-states'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { assemble } from '../kit/bytecode.ts'
import { honestBlocks } from '../kit/honest-blocks.ts'
import { ALICE, BOB, signedCall, smallBlocks, smallGenesis } from '../kit/small-chain.ts'
import { addressOf, callTo } from '../kit/test-world.ts'

const genesis = smallGenesis()
/** Of another chain. */
const STRAY = signedCall(BOB, 0n, { to: ALICE.address, chainId: 5n })
/** EIP-7002. */
const WITHDRAWAL_REQUESTS = hexToBytes('0x00000961ef480eb55e80d19ad83579a64c007002')
/** EIP-6110: the topic of a deposit. */
const DEPOSIT_EVENT = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5'
/** EIP-7934. */
const BLOCK_BYTES_MAX = 8 * 1024 * 1024

const ENGINES = [
  { engine: 'inline', build: 'debug' },
  { engine: 'reference', build: 'release' },
] as const
const CONTRACT_ACCOUNT = { balance: 0n, nonce: 1n, storage: [] }

let engine: Engine
let genesisHeader: Header
/** Three blocks of each chain, in order. */
let ours: Block[]
let theirs: Block[]
let importer: BlockImporter

async function makeBlocks(): Promise<void> {
  genesisHeader = ChainState.fromGenesis(genesis, engine.trie).head.header
  ours = await honestBlocks(engine, genesis, [...smallBlocks(), []])
  const calls = [0n, 1n, 2n].map((nonce) => [
    signedCall(BOB, nonce, callTo('counter')),
    signedCall(ALICE, nonce, { to: BOB.address, value: 7n }),
  ])
  theirs = await honestBlocks(engine, genesis, calls, addressOf('beneficiary of the other chain'))
}

/** An importer whose genesis has these accounts, whatever its header says. */
function importerOn(alloc: readonly GenesisAccount[], config = genesis.config): BlockImporter {
  const states = new MemoryStates(headerHash(genesisHeader), alloc, engine.trie)
  return new BlockImporter({ config, head: firstBlock(genesisHeader), engine, states })
}

async function take(block: Block): Promise<void> {
  await importer.import(encodeBlock(block))
  expect(importer.head.hash).toEqual(headerHash(block.header))
}

async function refusalOf(block: Block): Promise<Refusal> {
  const { head } = importer
  try {
    await importer.import(encodeBlock(block))
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    expect(importer.head).toBe(head)
    return error.reason
  }
  throw new Error('the block was taken')
}

const withHeader = (block: Block, changes: Partial<Header>): Block => {
  return { ...block, header: { ...block.header, ...changes } }
}

/** The blocks of both chains, one of each in turn. */
const inTurns = () => ours.flatMap((block, index) => [block, theirs[index] as Block])

describe.each(ENGINES)('the importer, by the $engine engine', (options) => {
  beforeAll(async () => {
    engine = await createEngine({ ...options, config: genesis.config, workers: 2 })
    await makeBlocks()
  })
  afterAll(() => engine.close())
  beforeEach(() => {
    importer = importerOn(genesis.alloc)
  })

  it('takes the blocks of two chains in turns', async () => {
    for (const block of inTurns()) await take(block)
  })

  it('takes the blocks of one chain behind those of the other', async () => {
    for (const block of [...ours, ...theirs]) await take(block)
  })

  it('refuses what is wrong with each block, and takes the block itself behind it', async () => {
    for (const block of inTurns()) {
      const refusals = [
        await refusalOf(withHeader(block, { parentHash: new Uint8Array(32) })),
        await refusalOf(withHeader(block, { stateRoot: new Uint8Array(32) })),
        await refusalOf(withHeader(block, { gasUsed: block.header.gasUsed + 1n })),
        await refusalOf(withHeader(block, { extraData: new Uint8Array(33) })),
        await refusalOf({ ...block, transactions: [...block.transactions, STRAY] }),
      ]
      expect(refusals).toEqual([
        'unknown parent',
        'wrong state root',
        'wrong gas used',
        'extra data too long',
        'wrong chain id',
      ])
      await take(block)
    }
  })

  it('refuses the children of a block that it refused', async () => {
    const [first, second] = ours as [Block, Block]
    const forged = withHeader(first, { stateRoot: new Uint8Array(32) })
    await refusalOf(forged)
    const child = withHeader(second, { parentHash: headerHash(forged.header) })
    expect(await refusalOf(child)).toBe('unknown parent')
  })

  it('takes a block a second time without moving the head', async () => {
    const [first, second] = ours as [Block, Block]
    await take(first)
    await take(second)
    await importer.import(encodeBlock(first))
    expect(importer.head.hash).toEqual(headerHash(second.header))
  })

  it('refuses a block of more than 8 MiB', async () => {
    const [first] = ours as [Block]
    const transactions = [new Uint8Array(BLOCK_BYTES_MAX).fill(1)]
    expect(await refusalOf({ ...first, transactions })).toBe('block too large')
  })

  it('refuses a block when a contract that must answer at its end is missing', async () => {
    importer = importerOn(
      genesis.alloc.filter(({ address }) => !equalBytes(address, WITHDRAWAL_REQUESTS)),
    )
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await refusalOf(ours[0] as Block)).toBe('system contract missing or failed')
    }
  })

  it('refuses a block whose deposit contract logs what is no deposit', async () => {
    const depositContract = addressOf('deposit contract')
    const code = assemble(`${DEPOSIT_EVENT} 0 0 LOG1`)
    importer = importerOn(
      [...genesis.alloc, { ...CONTRACT_ACCOUNT, address: depositContract, code }],
      { ...genesis.config, depositContract },
    )
    const transactions = [signedCall(BOB, 0n, { to: depositContract, gasLimit: 100_000n })]
    expect(await refusalOf({ ...(ours[0] as Block), transactions })).toBe('invalid deposit log')
  })

  it('refuses what is no block', async () => {
    const bytes = encodeBlock(ours[0] as Block)
    await expect(importer.import(bytes.subarray(1))).rejects.toMatchObject({
      reason: 'malformed block',
    })
  })
})
