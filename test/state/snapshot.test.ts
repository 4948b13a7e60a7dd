/**
 * A snapshot of a random history, read while the chain goes on and loaded into another store in any
 * pieces: it is the state behind its block, whatever came after, and the chain goes on from it.
 */

import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Header } from '@shredcast/shared/chain/header'
import { decodeHeader, headerHash } from '@shredcast/shared/chain/header'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_LIST_HASH } from '@shredcast/shared/primitives/keccak'
import { createRandom } from '@shredcast/shared/primitives/random'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import { emptiedAccounts } from '@shredcast/shared/state/emptied-accounts'
import {
  allocOf,
  appliedTo,
  randomDiffs,
  sampleHeader,
} from '@shredcast/shared/state/sample-history'
import { readContent, readHeaders } from '@shredcast/shared/state/snapshot/read-snapshot'
import { settleSnapshot } from '@shredcast/shared/state/snapshot/settle-snapshot'
import {
  ACCOUNT,
  encodeEntry,
  InvalidSnapshotError,
} from '@shredcast/shared/state/snapshot/snapshot-entry'
import { SnapshotLoader } from '@shredcast/shared/state/snapshot/snapshot-loader'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import type { Store } from '@shredcast/shared/store/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const STATE = appliedTo(
  new Map(),
  [1, 2, 3].flatMap((seed) => randomDiffs(createRandom(seed))),
)
for (const account of STATE.values()) account.isRecorded = true

const GENESIS: Genesis = {
  config: { chainId: 7n, forks: [{ fork: 'frontier', block: 0n }], blobSchedule: [] },
  header: sampleHeader(),
  alloc: allocOf(STATE),
}

const LEADER_KEY = new Uint8Array(32).fill(5)
const FRAME = {
  bytes: Uint8Array.of(1, 2, 3),
  messageCount: 1,
  lastSeq: 41,
  lastHash: new Uint8Array(32),
}

interface Node {
  readonly store: Store
  readonly chain: StoredChain
  readonly trie: Awaited<ReturnType<typeof createSparseTrie>>
}

const folders: SampleFolder[] = []
let source: Node

beforeEach(async () => {
  source = await openNode(newFolder())
})

afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove()
})

function newFolder(): SampleFolder {
  const folder = createSampleFolder()
  folders.push(folder)
  return folder
}

async function openNode(folder: SampleFolder): Promise<Node> {
  const store = await folder.open()
  const trie = await createSparseTrie()
  const retention = { blocks: 40, log: { maxMessages: 1, maxAgeMs: 1 } }
  return {
    store,
    trie,
    chain: await StoredChain.open({ store, genesis: GENESIS, trie, retention }),
  }
}

/** Seals a block of random diffs. */
async function grow({ store, chain, trie }: Node, seed: number): Promise<void> {
  const diffs: StateDiff[] = randomDiffs(createRandom(seed))
  for (const { changes } of diffs) trie.apply(changes)
  trie.apply(emptiedAccounts(store, diffs))
  const content = { transactions: [], receipts: [], withdrawals: [], requests: [] }
  const header: Header = {
    ...sampleHeader(chain.head.header),
    ...summarizeBlock({ fork: 'frontier', ...content }),
    ommersHash: EMPTY_LIST_HASH,
    stateRoot: trie.root(),
  }
  await chain.apply({ header, body: { transactions: [], ommers: [] }, receipts: [] }, diffs)
}

/** Loads the snapshot of `block` in small chunks; a new loader takes over now and then. */
async function load(
  block: Header,
  between: () => Promise<void>,
  chunkBytes = 60,
): Promise<{ folder: SampleFolder; loader: SnapshotLoader; store: Store }> {
  const folder = newFolder()
  const store = await folder.open()
  const trie = await createSparseTrie()
  const options = { store, trie, entriesMax: 100_000 }
  let loader = new SnapshotLoader(options)
  for (let count = 1; ; count++) {
    const chunk = readContent(source.store, headerHash(block), loader.after, chunkBytes)!
    await loader.take(loader.read(chunk.content))
    if (chunk.isLast) return { folder, loader, store }
    if (count % 2 === 0) await between()
    if (count % 7 === 0) loader = new SnapshotLoader({ ...options, trie: await createSparseTrie() })
  }
}

async function settle(store: Store, loader: SnapshotLoader, header: Header): Promise<void> {
  const { headers } = readHeaders(source.store, headerHash(header))!
  const first = source.store.blocks.header(0n)!
  await settleSnapshot(store, {
    genesis: { ...GENESIS, header: first },
    headers: headers.map(decodeHeader).map((older) => ({ header: older, hash: headerHash(older) })),
    block: loader.finish(header, GENESIS.config),
    frame: FRAME,
    leaderKey: LEADER_KEY,
  })
}

describe('a snapshot', () => {
  it.each([11, 12, 13, 14])(
    'is the state behind its block, and a chain goes on, seed %i',
    async (seed) => {
      const random = createRandom(seed)
      for (let i = 0; i < 20; i++) await grow(source, 1000 * seed + i)
      const { header } = source.chain.head
      const seeds: number[] = []
      const { folder, loader, store } = await load(header, async () => {
        if (seeds.length === 30 || random.chance(0.3)) return
        seeds.push(2000 * seed + seeds.length)
        await grow(source, seeds.at(-1)!)
      })
      expect(seeds.length).toBeGreaterThan(3)
      await settle(store, loader, header)
      await store.close()
      const node = await openNode(folder)
      expect(node.chain.head).toEqual({ header, hash: headerHash(header) })
      expect(node.store.snapshot(() => node.store.meta.snapshotProgress)).toBeUndefined()
      expect(node.store.snapshot(() => node.store.frames.last())).toEqual(FRAME)
      for (const next of seeds) await grow(node, next)
      expect(node.chain.head).toEqual(source.chain.head)
      expect([...node.chain.accounts()]).toEqual([...source.chain.accounts()])
      expect(node.chain.recentHashes()).toEqual(source.chain.recentHashes())
    },
  )

  it('is gone with the state of its block, and with the block', async () => {
    for (let i = 0; i < 3; i++) await grow(source, i)
    const { hash } = source.chain.head
    await source.chain.revertTo(2n, source.chain.changesBackTo(2n))
    await grow(source, 77)
    expect(readContent(source.store, hash, new Uint8Array(0))).toBeUndefined()
    const old = source.chain.head.hash
    expect(readContent(source.store, old, new Uint8Array(0))).toBeDefined()
    for (let i = 0; i < 41; i++) await grow(source, 100 + i)
    expect(readContent(source.store, old, new Uint8Array(0))).toBeUndefined()
    expect(readHeaders(source.store, old)).toBeUndefined()
  })

  it('is refused when its root is another, a part is missing, or it does not end', async () => {
    await grow(source, 1)
    const { header } = source.chain.head
    const { loader } = await load(header, async () => {}, 100_000)
    const other = { ...header, stateRoot: new Uint8Array(32) }
    expect(() => loader.finish(other, GENESIS.config)).toThrow(
      /^the snapshot has the state root 0x/,
    )
    const unlike = { ...header, transactionsRoot: new Uint8Array(32) }
    expect(() => loader.finish(unlike, GENESIS.config)).toThrow(/has another content/)
    const store = await newFolder().open()
    const trie = await createSparseTrie()
    const partial = new SnapshotLoader({ store, trie, entriesMax: 3 })
    expect(() => partial.finish(header, GENESIS.config)).toThrow(InvalidSnapshotError)
    expect(() => partial.read(new Uint8Array(0))).toThrow('a chunk of the snapshot is empty')
    const chunk = readContent(source.store, headerHash(header), new Uint8Array(0))!
    expect(() => partial.read(chunk.content)).toThrow('more than the 3 entries')
    const account = { nonce: 1n, balance: 0n, isRecorded: true, hasStorage: false }
    const lost = encodeEntry({
      kind: ACCOUNT,
      address: new Uint8Array(20),
      account: { ...account, codeHash: new Uint8Array(32).fill(8) },
    })
    await expect(partial.take(partial.read(lost))).rejects.toThrow('which did not come')
    expect(store.snapshot(() => store.stateEntryCount())).toBe(0)
    expect(() => partial.read(concatBytes(lost, lost))).toThrow('out of order')
  })
})
