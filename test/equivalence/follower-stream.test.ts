import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlockReport } from '@shredcast/follower/ingest/block-intake'
import { createFollower } from '@shredcast/follower/node/follower-node'
import type { FollowerOptions } from '@shredcast/follower/node/follower-options'
import {
  FollowerDivergedError,
  FollowerEquivocationError,
} from '@shredcast/follower/node/follower-options'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { checkEquivocation } from '@shredcast/protocol/trust/equivocation'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { genesisStream, receivedStream } from '../kit/honest-stream.ts'
import { inReceipt, inShred, tweaked } from '../kit/lies.ts'
import { SMALL_CHAIN_BENEFICIARY, STRANGER, smallBlocks, smallGenesis } from '../kit/small-chain.ts'
import { serveStream } from '../kit/stream-leader.ts'

const genesis = smallGenesis()
const signer = createFrameSigner()
let honest: readonly MessageDraft[]
let reportFolder: string
const servers: StreamServer[] = []

beforeAll(async () => {
  reportFolder = await mkdtemp(join(tmpdir(), 'shredcast-reports-'))
  const engine = await createEngine({ config: genesis.config, workers: 1 })
  honest = await genesisStream(engine, genesis, smallBlocks(), SMALL_CHAIN_BENEFICIARY)
  await engine.close()
})

afterAll(() => rm(reportFolder, { recursive: true }))

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function serve(
  drafts: readonly MessageDraft[],
  deliver: (frame: PublishedFrame) => PublishedFrame = (frame) => frame,
): Promise<StreamServer> {
  const server = await serveStream({ genesis, signer, drafts, deliver })
  servers.push(server)
  return server
}

/** Follows until `blocks` blocks are verified. */
async function follow(url: string, options: Partial<FollowerOptions> & { blocks?: number } = {}) {
  const verified: BlockReport[] = []
  const enough = new AbortController()
  const follower = createFollower({
    url,
    source: { type: 'genesis', genesis },
    workers: 1,
    reportFolder,
    onBlock: (report) => {
      verified.push(report)
      if (verified.length === options.blocks) enough.abort()
    },
    ...options,
  })
  await follower.run(enough.signal)
  return verified
}

describe('a follower over the network', () => {
  it('verifies an honest stream', async () => {
    const { url } = await serve(honest)
    const shreds: number[] = []
    const verified = await follow(url, {
      blocks: 2,
      leaderKey: signer.publicKey,
      onShred: ({ shredIndex }) => shreds.push(shredIndex),
    })
    expect(verified.map(({ number }) => number)).toEqual([1, 2])
    expect(shreds).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1])
  })

  it('ends at once when it is closed in the middle of a block', async () => {
    const { url } = await serve(honest.slice(0, 4))
    let connected = () => {}
    const isConnected = new Promise<void>((resolve) => {
      connected = resolve
    })
    const follower = createFollower({
      url,
      source: { type: 'genesis', genesis },
      workers: 1,
      reportFolder,
      onConnected: () => connected(),
    })
    const run = follower.run(new AbortController().signal)
    await isConnected
    await follower.close()
    await expect(run).resolves.toBeUndefined()
  })

  it('writes a report that holds the message at fault', async () => {
    const { url } = await serve(inReceipt(2, () => ({ gasUsed: 5n }))(honest))
    const error = await follow(url).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FollowerDivergedError)
    const { path, report } = error as FollowerDivergedError
    expect(path).toBe(join(reportFolder, 'divergence-1-2.json'))
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(report)
    expect(report).toMatchObject({
      version: 2,
      kind: 'receipt',
      blockNumber: '1',
      shredIndex: 2,
      location: { kind: 'receipt', field: 'gasUsed' },
      got: '5',
      seq: 3,
      leaderKey: bytesToHex(signer.publicKey),
      follower: { engine: 'inline' },
    })
    const message = decodeMessage(hexToBytes(report.message))
    expect(message).toMatchObject({ type: 'shred', shredIndex: 2, receipt: { gasUsed: 5n } })
  })

  it('tells of a lie while the leader says nothing more', async () => {
    const lie = inShred(2, () => ({ sender: STRANGER.address }))(honest).slice(0, 4)
    const { url } = await serve(lie)
    await expect(follow(url)).rejects.toMatchObject({ report: { kind: 'sender', shredIndex: 2 } })
  })

  it('believes nobody but the leader it was told of', async () => {
    const { url } = await serve(honest)
    const leaderKey = createFrameSigner().publicKey
    await expect(follow(url, { leaderKey })).rejects.toThrow('expected')
  })

  it('keeps the leader of a chain that it saw first, and refuses another', async () => {
    const knownLeaders = join(reportFolder, 'leaders.json')
    const trusts: string[] = []
    const onConnected = (_: unknown, trust: string) => trusts.push(trust)
    const { url } = await serve(honest)
    await follow(url, { blocks: 1, knownLeaders, onConnected })
    await follow(url, { blocks: 1, knownLeaders, onConnected })
    const other = await serveStream({ genesis, signer: createFrameSigner(), drafts: honest })
    servers.push(other)
    await expect(follow(other.url, { knownLeaders, onConnected })).rejects.toThrow('is known since')
    await follow(url, { blocks: 1, leaderKey: signer.publicKey, onConnected })
    expect(trusts).toEqual(['first use', 'known', 'pinned'])
  })

  it('keeps what convicts a leader that signs two messages for one seq', async () => {
    const [first, second] = receivedStream(honest)
    const third = receivedStream(inShred(0, () => ({ startingLogIndex: 1 }))(honest))[2]
    const messages = [first, second, third].map((received) => received!.bytes)
    const { url } = await serve(honest, (frame) => ({
      ...frame,
      bytes: sealFrame(messages, signer),
    }))
    const error = await follow(url).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FollowerEquivocationError)
    const { path } = error as FollowerEquivocationError
    expect(path).toBe(join(reportFolder, 'equivocation-1.json'))
    const evidence = JSON.parse(await readFile(path, 'utf8'))
    expect(evidence).toMatchObject({ leaderKey: bytesToHex(signer.publicKey), seq: 1 })
    expect(() => checkEquivocation(evidence)).not.toThrow()
  })

  it('refuses a frame that was changed on its way', async () => {
    const { url } = await serve(honest, (frame) => ({ ...frame, bytes: tweaked(frame.bytes) }))
    await expect(follow(url)).rejects.toThrow('not signed by the leader key')
  })

  it('refuses another chain', async () => {
    const { url } = await serve(honest)
    const { alloc, ...rest } = genesis
    const source = { type: 'genesis', genesis: { ...rest, alloc: alloc.slice(1) } } as const
    await expect(follow(url, { source })).rejects.toThrow('this follower has chain 31337')
  })

  it('refuses to join a chain in the middle', async () => {
    const { url } = await serve(honest)
    await expect(follow(url, { from: 'live' })).rejects.toThrow('message 0 of the stream')
  })
})
