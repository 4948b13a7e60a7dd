/** Server and client together over real sockets: what neither can show alone. */

import { setTimeout as sleep } from 'node:timers/promises'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import { consume } from '@shredcast/protocol/client/consume'
import type {
  StreamClient,
  StreamOptions,
  StreamState,
} from '@shredcast/protocol/client/stream-client'
import { RefusedError } from '@shredcast/protocol/client/stream-errors'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { afterEach, describe, expect, it } from 'vitest'
import type { CuttableLine } from '../kit/cuttable-line.ts'
import { cuttableLine } from '../kit/cuttable-line.ts'
import type { SampleStream, SampleStreamOptions } from '../kit/sample-stream.ts'
import { startSampleStream, until } from '../kit/sample-stream.ts'

const signer = createFrameSigner()

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startLeader(options: SampleStreamOptions = {}): Promise<SampleStream> {
  const leader = await startSampleStream({ signer, ...options })
  closers.push(() => leader.close())
  return leader
}

function connect(url: string, options: StreamOptions = {}): StreamClient {
  const reconnect = { minDelayMs: 5, maxDelayMs: 20 }
  const client = connectStream(url, { from: 0, leaderKey: signer.publicKey, reconnect, ...options })
  closers.push(() => client.close())
  return client
}

function collect(client: StreamClient): { seqs: number[]; states: StreamState['status'][] } {
  const seqs: number[] = []
  const states: StreamState['status'][] = []
  client.messages$.subscribe({ next: ({ message }) => seqs.push(message.seq), error: () => {} })
  client.state$.subscribe(({ status }) => states.push(status))
  return { seqs, states }
}

async function startProxy(target: number): Promise<CuttableLine> {
  const line = await cuttableLine(target)
  closers.push(() => line.close())
  return line
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

describe('stream, server to client', () => {
  it('reaches many subscribers, each with every message once and in order', async () => {
    const leader = await startLeader()
    const clients = range(10).map(() => collect(connect(leader.server.url)))
    for (let i = 0; i < 200; i++) {
      leader.append()
      if (i % 17 === 0) await sleep(1)
    }
    await until(() => clients.every(({ seqs }) => seqs.length === 200))
    for (const { seqs } of clients) expect(seqs).toEqual(range(200))
    expect(leader.server.stats().frames).toBeLessThan(100)
  })

  it('survives cut lines without a gap or a repetition', async () => {
    const leader = await startLeader()
    const proxy = await startProxy(leader.server.port)
    const client = connect(proxy.url)
    const { seqs, states } = collect(client)
    for (let i = 0; i < 300; i++) {
      leader.append()
      if (i % 100 === 50) {
        await until(() => seqs.length > i - 40)
        proxy.cut()
      }
      if (i % 10 === 0) await sleep(1)
    }
    await until(() => seqs.length === 300)
    expect(seqs).toEqual(range(300))
    expect(client.stats().reconnects).toBeGreaterThanOrEqual(3)
    expect(states).toContain('waiting')
  })

  it('notices a line that has gone silent, from both ends', async () => {
    const leader = await startLeader({ pingIntervalMs: 15, peerTimeoutMs: 80 })
    const proxy = await startProxy(leader.server.port)
    const { seqs } = collect(connect(proxy.url, { readDeadlineMs: 80 }))
    leader.append()
    await until(() => seqs.length === 1)
    proxy.freeze()
    leader.append()
    await until(() => seqs.length === 2)
    await until(() => leader.server.stats().deadPeersCut + leader.server.stats().connections >= 2)
    expect(seqs).toEqual([0, 1])
  })

  it('ends with the oldest message there is when the wanted one is gone', async () => {
    const leader = await startLeader({ logFrames: 1 })
    for (let i = 0; i < 3; i++) {
      leader.append()
      leader.flush()
    }
    const late = connect(leader.server.url, { from: 0 })
    const error = await new Promise((resolve) => late.messages$.subscribe({ error: resolve }))
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ code: 'tooOld', oldestSeq: 2 })
    const { seqs } = collect(connect(leader.server.url, { from: 'oldest' }))
    await until(() => seqs.length === 1)
    expect(seqs).toEqual([2])
  })

  it('asks for its token', async () => {
    const leader = await startLeader({ token: 'secret' })
    leader.append()
    const wrong = connect(leader.server.url, { token: 'guess' })
    const error = await new Promise((resolve) => wrong.messages$.subscribe({ error: resolve }))
    expect(error).toMatchObject({ code: 'unauthorized' })
    const { seqs } = collect(connect(leader.server.url, { token: 'secret' }))
    await until(() => seqs.length === 1)
  })

  it('holds the server back for a slow consumer, within bounds, and loses nothing', async () => {
    const count = 60
    const leader = await startLeader({ maxBufferedBytes: 100_000 })
    const client = connect(leader.server.url, { maxWaitingBytes: 200_000 })
    const seqs: number[] = []
    let release: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const done = consume(client, async ({ message }) => {
      seqs.push(message.seq)
      await gate
    })
    await client.hello
    for (let i = 0; i < count; i++) {
      leader.append({ transaction: new Uint8Array(500_000) })
      await sleep(1)
    }
    await sleep(50)
    expect(seqs).toEqual([0])
    expect(client.stats().frames).toBeLessThan(20)
    expect(leader.server.stats().framesSent).toBeLessThan(count)
    release()
    await until(() => seqs.length === count)
    expect(seqs).toEqual(range(count))
    client.close()
    await done
  })

  it('brings a laggard back that was cut but is still in the log', async () => {
    const leader = await startLeader({ pingIntervalMs: 10, peerTimeoutMs: 40 })
    const client = connect(leader.server.url, { maxWaitingBytes: 1 })
    const { seqs } = collect(client)
    await client.hello
    client.pause()
    for (let i = 0; i < 5; i++) {
      leader.append()
      leader.flush()
    }
    await until(() => leader.server.stats().deadPeersCut === 1)
    client.resume()
    await until(() => seqs.length === 5)
    expect(seqs).toEqual(range(5))
  })

  it('rejects, closing the stream, when a consumer fails', async () => {
    const leader = await startLeader()
    const client = connect(leader.server.url)
    leader.append()
    const failing = consume(client, () => {
      throw new Error('cannot store')
    })
    await expect(failing).rejects.toThrow('cannot store')
    await until(() => leader.server.stats().subscribers === 0)
  })
})
