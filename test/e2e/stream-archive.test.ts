/**
 * Subscribers that are further behind than the server's memory: they are served from the shred log
 * until they meet what is new, and are refused when the log is another one or has forgotten.
 */

import { setTimeout } from 'node:timers/promises'
import { LoggedFrames, tipOfLog } from '@shredcast/leader/publisher/logged-stream'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { StreamClient, StreamOptions } from '@shredcast/protocol/client/stream-client'
import { OtherChainError, TooOldError } from '@shredcast/protocol/client/stream-errors'
import type { StreamServerOptions } from '@shredcast/protocol/server/stream-server'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import { createRandom } from '@shredcast/shared/primitives/random'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import type { Store } from '@shredcast/shared/store/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cuttableLine } from '../kit/cuttable-line.ts'
import type { SampleStream } from '../kit/sample-stream.ts'
import { startSampleStream, until } from '../kit/sample-stream.ts'
import { StreamRecord } from '../kit/stream-record.ts'

const SEED = Number(process.env.STREAM_SEED ?? Date.now() % 1_000_000)
const DISCONNECTS = 1000
const signer = createFrameSigner()

const closers: (() => unknown)[] = []
let folder: SampleFolder
let store: Store

beforeEach(async () => {
  folder = createSampleFolder()
  store = await folder.open()
})

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  await folder.remove()
})

/** A server that has next to nothing in memory, and everything in its log. */
async function start(options: Partial<StreamServerOptions> = {}): Promise<SampleStream> {
  const log = store.shredLog
  const stream = await startSampleStream({
    signer,
    chain: new MessageChain(tipOfLog(log)),
    log: (_, messages) => log.append(messages),
    archive: new LoggedFrames(log, signer),
    logFrames: 3,
    ...options,
  })
  closers.push(() => stream.close())
  return stream
}

function connect(url: string, options: StreamOptions = {}): StreamClient {
  const reconnect = { minDelayMs: 1, maxDelayMs: 4 }
  const client = connectStream(url, { from: 0, leaderKey: signer.publicKey, reconnect, ...options })
  closers.push(() => client.close())
  return client
}

function recorded(client: StreamClient): StreamRecord {
  const record = new StreamRecord()
  client.messages$.subscribe({
    next: (received) => record.take(received),
    error: (error) => record.faults.push(String(error)),
  })
  return record
}

/** In frames of 7. */
async function publish(stream: SampleStream, count: number): Promise<void> {
  const end = stream.chain.tip.nextSeq + count
  while (stream.chain.tip.nextSeq < end) {
    for (let i = 0; i < 7; i++) stream.append()
    stream.flush()
  }
  await until(() => stream.server.stats().messages === stream.chain.tip.nextSeq)
}

function failure(client: StreamClient): Promise<unknown> {
  return new Promise((resolve) => client.messages$.subscribe({ error: resolve }))
}

describe('a subscriber that is far behind', () => {
  it('gets everything from the log, and then what is new', async () => {
    const stream = await start()
    await publish(stream, 1400)
    const records = [0, 1, 2].map(() => recorded(connect(stream.server.url)))
    await publish(stream, 700)
    await until(() => records.every(({ nextSeq }) => nextSeq === 2100))
    expect(records.flatMap(({ faults }) => faults)).toEqual([])
    // Most of what they read was read once for all of them.
    expect(stream.server.stats().archiveFramesRead).toBeLessThan(40)
    expect(stream.server.stats()).toMatchObject({ laggardsCut: 0, archiveFailures: 0 })
  })

  it('goes on behind a restart that left nothing in memory', async () => {
    const first = await start()
    await publish(first, 700)
    const record = new StreamRecord()
    const before = connect(first.server.url)
    before.messages$.subscribe((received) => record.take(received))
    await until(() => record.nextSeq === 700)
    before.close()
    await first.close()
    const second = await start()
    const latestHash = record.hashOf(99)!
    const after = connect(second.server.url, { from: { nextSeq: 100, latestHash } })
    after.messages$.subscribe((received) => record.take(received))
    for (let i = 0; i < 14; i++) second.append()
    second.flush()
    await until(() => record.nextSeq === 714)
    expect(record).toMatchObject({ faults: [], repeated: 600 })
    expect((await after.hello).oldestSeq).toBe(0)
  })

  it('is refused when what it has is not what the log has', async () => {
    const stream = await start()
    await publish(stream, 700)
    const latestHash = new Uint8Array(32).fill(1)
    for (const nextSeq of [100, 699, 700]) {
      const client = connect(stream.server.url, { from: { nextSeq, latestHash } })
      const error = await failure(client)
      expect(error).toBeInstanceOf(OtherChainError)
      expect(error).toMatchObject({ code: 'otherChain' })
    }
  })

  it('is told the oldest message when the wanted one was removed', async () => {
    const stream = await start()
    await publish(stream, 700)
    const retention = { maxMessages: 200, maxAgeMs: Number.MAX_SAFE_INTEGER }
    const { shredLog } = store
    shredLog.prune(retention, { lastSeq: shredLog.nextSeq - 1, count: 10_000 })
    const error = await failure(connect(stream.server.url))
    expect(error).toBeInstanceOf(TooOldError)
    expect(error).toMatchObject({ oldestSeq: 500 })
    const seen: number[] = []
    const client = connect(stream.server.url, { from: 'oldest' })
    client.messages$.subscribe(({ message }) => seen.push(message.seq))
    await until(() => seen.length === 200)
    expect([seen[0], seen.at(-1)]).toEqual([500, 699])
  })

  it('is cut, and told why, when the log cannot be read', async () => {
    const failures: unknown[] = []
    const stream = await start({
      archive: {
        oldestSeq: 0,
        frameAt: () => {
          throw new Error('the disk is gone')
        },
      },
      onArchiveFailure: (error) => failures.push(error),
    })
    await publish(stream, 700)
    const client = connect(stream.server.url, { reconnect: false })
    expect(await failure(client)).toMatchObject({ closeCode: 1011 })
    expect(failures).toHaveLength(1)
    expect(stream.server.stats().archiveFailures).toBe(1)
  })
})

describe(`disconnected subscribers, STREAM_SEED=${SEED}`, () => {
  it(`have the same complete sequence after ${DISCONNECTS} disconnects`, async () => {
    const random = createRandom(SEED)
    const stream = await start()
    const lines = await Promise.all(
      Array.from({ length: 20 }, () => cuttableLine(stream.server.port)),
    )
    closers.push(() => lines.map((line) => line.close()))
    const clients = lines.map((line) => connect(line.url))
    const records = clients.map(recorded)
    const reconnects = () => clients.reduce((sum, client) => sum + client.stats().reconnects, 0)
    while (reconnects() < DISCONNECTS) {
      if (stream.chain.tip.nextSeq < 20_000) await publish(stream, 7 * random.below(8))
      const cuts = random.below(8)
      for (let i = 0; i < cuts; i++) random.pick(lines).cut()
      await setTimeout(random.below(8))
    }
    const { nextSeq, latestHash } = stream.chain.tip
    await until(() => records.every((record) => record.nextSeq === nextSeq))
    for (const record of records) {
      expect(record.faults).toEqual([])
      expect(record.repeated).toBe(0)
      expect(record.hashOf(nextSeq - 1)).toEqual(latestHash)
    }
  }, 300_000)
})
