/**
 * Streams as an honest leader makes them, as drafts: a test chains and signs them, and may lie before
 * it does. The leader's own block builder makes them, on an engine that the test shares.
 */

import { BlockBuilder } from '@shredcast/leader/builder/block-builder'
import { nextHeader } from '@shredcast/leader/builder/next-header'
import { executeFixture } from '@shredcast/leader/node/fixture-leader'
import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { FrameSigner } from '@shredcast/protocol/wire/frame'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { blockContextOf } from '@shredcast/shared/chain/block'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Engine } from '@shredcast/shared/engine/engine'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import { ChainState } from '@shredcast/shared/state/chain-state'

const SECONDS_PER_BLOCK = 12n

/** The stream of a fixture's block. */
export async function fixtureStream(
  engine: Engine,
  fixture: BlockFixture,
): Promise<MessageDraft[]> {
  const drafts: MessageDraft[] = []
  const { block } = await executeFixture(engine, MAINNET, fixture, (draft) => drafts.push(draft))
  await engine.abandonBlock()
  const { header } = fixture
  const { closing: diff, requests } = block
  const shredCount = block.transactions.length
  drafts.push({ type: 'blockSealed', header, hash: headerHash(header), shredCount, diff, requests })
  return drafts
}

/**
 * The stream of a chain's first blocks, given the transactions of each; all must be valid.
 * `beneficiary` earns the tips.
 */
export async function genesisStream(
  engine: Engine,
  genesis: Genesis,
  blocks: readonly (readonly Uint8Array[])[],
  beneficiary: Uint8Array,
): Promise<MessageDraft[]> {
  await engine.loadState(genesis.alloc)
  const chain = ChainState.fromGenesis(genesis, engine.trie)
  const blockHashes = new Map<bigint, Uint8Array>()
  const drafts: MessageDraft[] = []
  for (const transactions of blocks) {
    const { header: parent, hash: parentHash } = chain.head
    blockHashes.set(parent.number, parentHash)
    const draft = nextHeader({
      config: genesis.config,
      parent,
      parentHash,
      timestamp: parent.timestamp + SECONDS_PER_BLOCK,
      beneficiary,
      gasLimit: parent.gasLimit,
    })
    const context = blockContextOf(draft, {
      ommers: [],
      withdrawals: [],
      blockHashes: new Map(blockHashes),
    })
    drafts.push(...(await sealedBlock(engine, chain, { genesis, draft, context, transactions })))
  }
  return drafts
}

async function sealedBlock(
  engine: Engine,
  chain: ChainState,
  block: {
    readonly genesis: Genesis
    readonly draft: Header
    readonly context: BlockContext
    readonly transactions: readonly Uint8Array[]
  },
): Promise<MessageDraft[]> {
  const drafts: MessageDraft[] = []
  const builder = await BlockBuilder.open(
    {
      engine,
      config: block.genesis.config,
      feedsTrie: true,
      publish: (draft) => drafts.push(draft),
      onRejected: ({ txIndex, reason }) => {
        throw new Error(`transaction ${txIndex - 1} is invalid: ${reason}`)
      },
    },
    block.context,
  )
  builder.append(block.transactions)
  builder.close()
  builder.execute()
  const finished = await builder.finished
  const stateRoot = await engine.stateRoot()
  await engine.applyBlock()
  const summary = summarizeBlock({ ...finished, withdrawals: [] })
  const header: Header = { ...block.draft, ...summary, stateRoot }
  chain.advance(header)
  const { closing: diff, requests } = finished
  const shredCount = finished.transactions.length
  drafts.push({ type: 'blockSealed', header, hash: chain.head.hash, shredCount, diff, requests })
  return drafts
}

/** The drafts as a subscriber gets them: chained, encoded, signed one by one, and decoded. */
export function receivedStream(
  drafts: readonly MessageDraft[],
  signer: FrameSigner = createFrameSigner(),
): ReceivedMessage[] {
  const chain = new MessageChain()
  return drafts.map((draft) => {
    const { bytes } = chain.append(draft)
    return { message: decodeMessage(bytes), bytes, signedIn: sealFrame([bytes], signer) }
  })
}
