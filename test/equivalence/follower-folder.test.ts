/**
 * A follower with a data folder, against leaders that have nothing but a stream: it goes on where its
 * folder ends, although the leader has forgotten what came before, and in the middle of a block.
 */

import type { DivergenceReport } from '@shredcast/follower/apply/divergence-report'
import { createFollower } from '@shredcast/follower/node/follower-node'
import type { FollowerOptions } from '@shredcast/follower/node/follower-options'
import { FollowerDivergedError } from '@shredcast/follower/node/follower-options'
import { readReport } from '@shredcast/follower/verify/read-report'
import { verifyReport } from '@shredcast/follower/verify/verify-report'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { StreamClient } from '@shredcast/protocol/client/stream-client'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { messageHash, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { createEngine } from '@shredcast/shared/engine/engine'
import { DEFAULT_ENGINE } from '@shredcast/shared/engine/engine-options'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { genesisStream, receivedStream } from '../kit/honest-stream.ts'
import { SMALL_CHAIN_BENEFICIARY, smallBlocks, smallGenesis } from '../kit/small-chain.ts'

const genesis = smallGenesis()
const signer = createFrameSigner()
/** Of the small chain's first block, and within its second one. */
const FIRST_SEAL = 8
const MIDDLE = 11

let drafts: readonly MessageDraft[]
let messages: readonly Uint8Array[]
let genesisHash: Uint8Array
let folder: SampleFolder
const servers: StreamServer[] = []

beforeAll(async () => {
  const engine = await createEngine({ config: genesis.config, workers: 1 })
  const blocks = smallBlocks()
  drafts = await genesisStream(engine, genesis, blocks, SMALL_CHAIN_BENEFICIARY)
  const opened = drafts[0]!
  if (opened.type === 'blockOpened') genesisHash = opened.context.parentHash
  messages = receivedStream(drafts).map(({ bytes }) => bytes)
  await engine.close()
})

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  await folder.remove()
})

/** Serves the messages from `start` to before `end`, a few in each frame. */
async function serve(
  start: number,
  end: number,
  key = signer,
  served: readonly Uint8Array[] = messages,
): Promise<string> {
  const before = served[start - 1]
  const server = await createStreamServer({
    identity: {
      chainId: genesis.config.chainId,
      genesisHash,
      leaderKey: key.publicKey,
      engine: DEFAULT_ENGINE,
    },
    tip: { nextSeq: start, latestHash: before ? messageHash(before) : NO_MESSAGE_HASH },
  })
  servers.push(server)
  for (let first = start; first < end; first += 3) {
    const last = Math.min(first + 3, end) - 1
    const part = served.slice(first, last + 1)
    const frame: PublishedFrame = {
      bytes: sealFrame(part, key),
      firstSeq: first,
      lastSeq: last,
      lastHash: messageHash(part.at(-1)!),
    }
    server.publish(frame)
  }
  return server.url
}

/** Follows until `enough` says so of a verified shred or block; what was verified. */
async function follow(
  url: string,
  enough: (line: string) => boolean,
  options: Partial<FollowerOptions> = {},
): Promise<string[]> {
  const lines: string[] = []
  const stop = new AbortController()
  const add = (line: string) => {
    lines.push(line)
    if (enough(line)) stop.abort()
  }
  const follower = createFollower({
    url,
    source: { type: 'genesis', genesis },
    workers: 1,
    reportFolder: folder.path,
    store: { path: folder.path },
    onBlock: ({ number }) => add(`block ${number}`),
    onShred: ({ blockNumber, shredIndex }) => add(`shred ${blockNumber}/${shredIndex}`),
    ...options,
  })
  await follower.run(stop.signal)
  return lines
}

const never = () => false
const is = (expected: string) => (line: string) => line === expected

describe('the folder of a follower', () => {
  it('leads on to what the leader still has', async () => {
    await follow(await serve(0, FIRST_SEAL + 1), is('block 1'))
    const lines = await follow(await serve(FIRST_SEAL + 1, messages.length), is('block 2'))
    expect(lines).toEqual(['shred 2/0', 'shred 2/1', 'block 2'])
  })

  it('holds the beginning of an open block, which is verified again', async () => {
    const before = await follow(await serve(0, MIDDLE), is('shred 2/0'))
    expect(before.slice(-2)).toEqual(['block 1', 'shred 2/0'])
    const lines = await follow(await serve(MIDDLE, messages.length), is('block 2'))
    expect(lines).toEqual(['shred 2/0', 'shred 2/1', 'block 2'])
  })

  it('says what is missing when the leader has forgotten too much', async () => {
    const url = await serve(FIRST_SEAL + 1, messages.length)
    const missing = 'message 0 is due here, and the oldest that the leader has is 9'
    await expect(follow(url, never, { from: 'genesis' })).rejects.toThrow(missing)
    await expect(follow(url, never)).rejects.toThrow(
      `no snapshot, although ${missing}: the server refused the subscription: this server keeps no state`,
    )
    await follow(await serve(0, FIRST_SEAL + 1), is('block 1'))
    const from = { from: 0 } as const
    await expect(follow(url, never, from)).rejects.toThrow('goes on at message 9 of the stream')
  })

  it('gives everything to those below, while the leader is away', async () => {
    await follow(await serve(0, MIDDLE), is('shred 2/0'))
    const gone = await serve(0, 0)
    await servers.pop()!.close()
    let client: StreamClient | undefined
    const received: Uint8Array[] = []
    const stop = new AbortController()
    const follower = createFollower({
      url: gone,
      source: { type: 'genesis', genesis },
      workers: 1,
      reportFolder: folder.path,
      store: { path: folder.path },
      relay: { host: '127.0.0.1', port: 0 },
      onServing: ({ relay }) => {
        client = connectStream(relay!, { from: 0, leaderKey: signer.publicKey })
        client.messages$.subscribe(({ bytes }) => {
          received.push(bytes)
          if (received.length === MIDDLE) stop.abort()
        })
      },
    })
    await follower.run(stop.signal)
    client?.close()
    expect(received).toEqual(messages.slice(0, MIDDLE))
  })

  it('waits for a leader that is not as far yet', async () => {
    await follow(await serve(0, messages.length), is('block 2'))
    const reasons: string[] = []
    const stop = new AbortController()
    const onDisconnected = ({ shortMessage }: { readonly shortMessage: string }) => {
      reasons.push(shortMessage)
      if (reasons.length === 2) stop.abort()
    }
    const follower = createFollower({
      url: await serve(0, MIDDLE),
      source: { type: 'genesis', genesis },
      workers: 1,
      reportFolder: folder.path,
      store: { path: folder.path },
      onDisconnected,
    })
    await follower.run(stop.signal)
    expect(reasons[0]).toMatch('is not there, the next is 11')
  })

  it('follows the leader it began with, and no other', async () => {
    await follow(await serve(0, FIRST_SEAL + 1), is('block 1'))
    const other = createFrameSigner()
    const url = await serve(FIRST_SEAL + 1, messages.length, other)
    await expect(follow(url, never)).rejects.toThrow('expected')
    const leaderKey = other.publicKey
    await expect(follow(url, never, { leaderKey })).rejects.toThrow(
      'the data folder follows leader',
    )
  })

  it.each([
    ['in one go', 0],
    ['after a restart behind the block before', FIRST_SEAL + 1],
    ['after a restart within the block', MIDDLE],
  ])('leads to a report that convicts the leader by itself, %s', async (_, restartSeq) => {
    const lies = drafts.map((draft, seq) => {
      return seq === MIDDLE && draft.type === 'shred' ? { ...draft, startingLogIndex: 7 } : draft
    })
    const lying = receivedStream(lies).map(({ bytes }) => bytes)
    const enough = restartSeq === MIDDLE ? 'shred 2/0' : 'block 1'
    if (restartSeq > 0) await follow(await serve(0, restartSeq), is(enough))
    const url = await serve(restartSeq, lying.length, signer, lying)
    const error = await follow(url, never).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FollowerDivergedError)
    const report = await readReport((error as FollowerDivergedError).path)
    expect(report).toMatchObject({ type: 'divergence', seq: MIDDLE })
    await verifyReport(report as DivergenceReport, { type: 'genesis', genesis })
  })

  it('is not that of a leader', async () => {
    const engine = await createEngine({ config: genesis.config, workers: 1 })
    const store = await folder.open()
    const chain = await StoredChain.open({ store, genesis, trie: engine.trie })
    const header = { ...genesis.header, number: 1n, parentHash: chain.genesisHash }
    const stateRoot = engine.trie.root()
    const body = { transactions: [], ommers: [] }
    await chain.apply({ header: { ...header, stateRoot }, body, receipts: [] }, [])
    await store.close()
    await engine.close()
    await expect(follow(await serve(0, 1), never)).rejects.toThrow("it is no follower's")
  })
})
