import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import {
  SAMPLE_EDITED,
  SAMPLE_OPENED,
  SAMPLE_SEALED,
  SAMPLE_SHRED,
} from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { CanonicalState, DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import type { Store, StoreOptions } from '@shredcast/shared/store/store'
import { StoreFullError } from '@shredcast/shared/store/store-error'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BlockStore, BlockStoreError } from './block-store.ts'

const { config, header, alloc } = devGenesis()
const NO_NODES = { nodes: new Uint8Array(0) }
const ADDRESS = new Uint8Array(20).fill(0x77)

let folder: SampleFolder
let store: Store
let state: CanonicalState
let chain: MessageChain

beforeEach(async () => {
  folder = createSampleFolder()
  store = await folder.open()
  const genesis = { config, header: { ...header, stateRoot: new Uint8Array(32) }, alloc }
  state = await CanonicalState.open({ store, genesis })
  chain = new MessageChain()
})

afterEach(() => folder.remove())

function createBlocks(options: Omit<StoreOptions, 'path'> = {}, log = DEFAULT_RETENTION.log) {
  const retention = { ...DEFAULT_RETENTION, log }
  return new BlockStore({ store: { path: folder.path, ...options }, retention })
}

const paid = (balance: bigint) => ({
  changes: [{ address: ADDRESS, balance, slots: [] }],
  deltas: [],
  reads: [],
})

/** Logs a block on the given parent: edits, then three shreds, each with a higher balance. */
async function logBlock(parentHash: Uint8Array, number: bigint) {
  const child: Header = { ...header, stateRoot: new Uint8Array(32), parentHash, number }
  const edits = { changes: paid(1n).changes }
  const drafts: MessageDraft[] = [
    { ...SAMPLE_EDITED, edits, context: { ...SAMPLE_OPENED.context, number }, diff: paid(2n) },
    ...[0, 1, 2].map((shredIndex) => {
      return { ...SAMPLE_SHRED, shredIndex, diff: paid(number * 10n + BigInt(shredIndex)) }
    }),
    { ...SAMPLE_SEALED, header: child, hash: headerHash(child), shredCount: 3 },
  ]
  const messages = drafts.map((draft) => chain.append(draft).bytes)
  const firstSeq = await store.shredLog.append(messages)
  return { lastSeq: firstSeq + 4, shredCount: 3, header: child, hash: headerHash(child) }
}

describe('blocks that are stored beside the next one', () => {
  it('come from the log, each in one transaction, and reach readers in this thread', async () => {
    const blocks = createBlocks()
    let { hash } = state.head
    for (const number of [1n, 2n, 3n]) {
      const logged = await logBlock(hash, number)
      await blocks.store({ ...logged, ...NO_NODES })
      hash = logged.hash
      expect(store.snapshot(() => store.meta.head)).toEqual({ number, hash })
      expect(state.latest.account(ADDRESS)?.balance).toBe(number * 10n + 2n)
      const body = store.snapshot(() => store.blocks.body(number))
      expect(body?.transactions).toHaveLength(3)
      expect(body?.transactions[0]).toEqual(SAMPLE_SHRED.transaction)
      expect(store.snapshot(() => store.blocks.receipts(number))).toHaveLength(3)
    }
    expect(state.at(1n).account(ADDRESS)?.balance).toBe(12n)
    await blocks.close()
  })

  it('have their messages removed from the log by its retention, and nobody else', async () => {
    const blocks = createBlocks({}, { maxMessages: 4, maxAgeMs: 1e12 })
    const first = await logBlock(state.head.hash, 1n)
    const second = await logBlock(first.hash, 2n)
    await blocks.store({ ...first, ...NO_NODES })
    expect([store.shredLog.firstSeq, store.shredLog.nextSeq]).toEqual([1, 10])
    await blocks.store({ ...second, ...NO_NODES })
    expect(store.shredLog.firstSeq).toBe(6)
    await blocks.close()
  })

  it('write nothing behind a block that failed, and tell why', async () => {
    const blocks = createBlocks()
    const foreign = await logBlock(new Uint8Array(32).fill(9), 1n)
    const next = await logBlock(state.head.hash, 1n)
    const failure = blocks.store({ ...foreign, ...NO_NODES })
    await expect(failure).rejects.toThrow(BlockStoreError)
    await expect(blocks.failed).rejects.toThrow('does not follow block 0')
    await expect(blocks.store({ ...next, ...NO_NODES })).rejects.toThrow('does not follow block 0')
    expect(store.snapshot(() => store.meta.head)?.number).toBe(0n)
    await blocks.close()
  })

  it('say by the error of the store that there is no room', async () => {
    const blocks = createBlocks({ maxBytes: 1 })
    const logged = await logBlock(state.head.hash, 1n)
    await expect(blocks.store({ ...logged, ...NO_NODES })).rejects.toThrow(StoreFullError)
    await blocks.close()
  })
})
