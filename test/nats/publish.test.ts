/** Frames through a real NATS server: what is published is what is read, whatever happens in between. */

import { setTimeout } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { consume } from '@shredcast/protocol/client/consume'
import type { MessageStream, StreamOptions } from '@shredcast/protocol/client/stream-client'
import {
  DisconnectedError,
  RefusedError,
  WrongStreamError,
} from '@shredcast/protocol/client/stream-errors'
import { InvalidNatsAddressError, parseNatsUrl } from '@shredcast/protocol/nats/nats-address'
import { connectNats } from '@shredcast/protocol/nats/nats-frame-stream'
import type { NatsPublisherOptions } from '@shredcast/protocol/nats/nats-publisher'
import { NatsPublisher } from '@shredcast/protocol/nats/nats-publisher'
import { openStream } from '@shredcast/protocol/nats/open-stream'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { StreamIdentity } from '@shredcast/protocol/server/stream-server'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain, messageHash } from '@shredcast/protocol/wire/message-chain'
import { sampleDraft } from '@shredcast/protocol/wire/message-samples'
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import type { NatsServer, NatsServerOptions } from '../kit/nats-server.ts'
import { NATS_SERVER, startNatsServer } from '../kit/nats-server.ts'

const signer = createFrameSigner(new Uint8Array(32).fill(3))
const identity = {
  chainId: 1n,
  genesisHash: new Uint8Array(32).fill(1),
  leaderKey: signer.publicKey,
  engine: 'inline',
}
const seqs = (from: number, end: number) => Array.from({ length: end - from }, (_, i) => from + i)
const QUICK = { minDelayMs: 10, maxDelayMs: 100 }

/** Messages of one chain, and any run of them as a frame. */
function sampleStream(count: number, dataBytes = 0) {
  const chain = new MessageChain()
  const messages = Array.from({ length: count }, (_, i) => {
    const draft = sampleDraft(i)
    if (draft.type !== 'shred') throw new Error('the sample is a shred')
    const transaction = new Uint8Array(110 + dataBytes).fill(i)
    return chain.append({ ...draft, transaction }).bytes
  })
  const frame = (firstSeq: number, end: number): PublishedFrame => ({
    bytes: sealFrame(messages.slice(firstSeq, end), signer),
    firstSeq,
    lastSeq: end - 1,
    lastHash: messageHash(messages[end - 1]!),
  })
  const frames = (from: number, to: number, size = 1) => {
    const all: PublishedFrame[] = []
    for (let seq = from; seq < to; seq += size) all.push(frame(seq, Math.min(to, seq + size)))
    return all
  }
  return {
    messages,
    frame,
    frames,
    tipAt: (seq: number) => ({ nextSeq: seq, latestHash: messageHash(messages[seq - 1]!) }),
  }
}

describeWithData('NATS', NATS_SERVER, () => {
  let server: NatsServer
  let streamCount = 0
  const closers: (() => unknown)[] = []
  const notices: string[] = []

  beforeAll(async () => {
    server = await startNatsServer()
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
    notices.length = 0
  })
  afterAll(() => server.remove())

  const newUrl = (on = server) => `${on.url}/test-${streamCount++}`

  async function ownServer(options: NatsServerOptions = {}): Promise<NatsServer> {
    const own = await startNatsServer(options)
    closers.push(() => own.remove())
    return own
  }

  function publishTo(url: string, options: Partial<NatsPublisherOptions> = {}): NatsPublisher {
    const publisher = new NatsPublisher({
      url,
      identity,
      reconnect: QUICK,
      onNotice: (level, line) => notices.push(`${level} ${line}`),
      ...options,
    })
    closers.push(() => publisher.close())
    return publisher
  }

  function open(url: string, options: StreamOptions = {}): MessageStream {
    const client = openStream(url, { reconnect: QUICK, ...options })
    closers.push(() => client.close())
    return client
  }

  async function read(url: string, count: number, options: StreamOptions = {}) {
    const client = open(url, options)
    const received = await firstValueFrom(client.messages$.pipe(take(count), toArray()))
    return received.map(({ message }) => message.seq)
  }

  async function failure(url: string, options: StreamOptions = {}): Promise<unknown> {
    return lastValueFrom(open(url, options).messages$).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  async function acked(publisher: NatsPublisher, seq: number): Promise<void> {
    await expect.poll(() => publisher.stats().ackedSeq, { timeout: 50_000 }).toBe(seq)
  }

  /** All of the frames, and then no more. */
  async function publishAll(url: string, frames: readonly PublishedFrame[]): Promise<void> {
    const publisher = publishTo(url)
    for (const frame of frames) publisher.publish(frame)
    await acked(publisher, frames.at(-1)!.lastSeq)
    await publisher.close()
  }

  it('brings every message to whoever reads, from any seq', async () => {
    const url = newUrl()
    const { messages, frames } = sampleStream(100)
    const publisher = publishTo(url)
    for (const frame of frames(0, 100, 7)) publisher.publish(frame)
    await acked(publisher, 99)
    expect(publisher.stats()).toMatchObject({ frames: 15, messages: 100, behind: 0 })
    for (const from of [0, 1, 6, 7, 8, 50, 97, 98, 99]) {
      expect(await read(url, 100 - from, { from })).toEqual(seqs(from, 100))
    }
    const latestHash = messageHash(messages[41]!)
    const from = { nextSeq: 42, latestHash }
    expect(await read(url, 58, { from, leaderKey: signer.publicKey })).toEqual(seqs(42, 100))
  })

  it('delivers what comes after a live start, one message behind the other', async () => {
    const url = newUrl()
    const { frames } = sampleStream(60)
    const publisher = publishTo(url)
    for (const frame of frames(0, 20, 3)) publisher.publish(frame)
    await acked(publisher, 19)
    const client = open(url)
    const all = firstValueFrom(client.messages$.pipe(take(40), toArray()))
    expect(await client.hello).toMatchObject({ nextSeq: 20, oldestSeq: 0, chainId: 1n })
    for (const frame of frames(20, 60)) publisher.publish(frame)
    expect((await all).map(({ message }) => message.seq)).toEqual(seqs(20, 60))
  })

  it('holds messages back for who is paused, and starts again elsewhere', async () => {
    const url = newUrl()
    const { frames } = sampleStream(40)
    await publishAll(url, frames(0, 40, 4))
    const client = open(url, { from: 10 })
    const seen: number[] = []
    let taking = 0
    const taken = consume(client, async ({ message }) => {
      expect(++taking).toBe(1)
      await setTimeout(1)
      seen.push(message.seq)
      taking--
      if (seen.length === 30) client.rewind(35)
      if (seen.length === 35) client.close()
    })
    await taken
    expect(seen).toEqual([...seqs(10, 40), ...seqs(35, 40)])
  })

  it('has every message once, whoever publishes it beside', async () => {
    const url = newUrl()
    const { frames } = sampleStream(200)
    const publishers = [publishTo(url), publishTo(url), publishTo(url)]
    for (const frame of frames(0, 200, 3)) {
      for (const publisher of publishers) publisher.publish(frame)
      if (frame.firstSeq % 30 === 0) await setTimeout(5)
    }
    for (const publisher of publishers) await acked(publisher, 199)
    expect(await storedCount(url)).toBe(67)
    expect(await read(url, 200, { from: 0 })).toEqual(seqs(0, 200))
  })

  it('goes on where it was when the server dies, from memory and from the log', async () => {
    const own = await ownServer()
    const url = newUrl(own)
    const { frame, frames } = sampleStream(300)
    const archive = { oldestSeq: 0, frameAt: (seq: number) => frame(seq, Math.min(seq + 5, 300)) }
    const publisher = publishTo(url, { memory: { maxFrames: 20 }, archive })
    const client = open(url, { from: 0, reconnect: { ...QUICK, initially: true } })
    const all = firstValueFrom(client.messages$.pipe(take(300), toArray()))
    for (const next of frames(0, 100, 2)) publisher.publish(next)
    await acked(publisher, 99)
    await own.kill()
    for (const next of frames(100, 200, 2)) publisher.publish(next)
    await expect.poll(() => publisher.stats().status).toBe('waiting')
    expect(publisher.stats().behind).toBe(100)
    await own.start()
    await acked(publisher, 199)
    for (const next of frames(200, 300, 2)) publisher.publish(next)
    expect((await all).map(({ message }) => message.seq)).toEqual(seqs(0, 300))
    const { framesFromArchive, messagesSkipped, connectionsLost } = publisher.stats()
    expect(framesFromArchive).toBeGreaterThan(0)
    expect(messagesSkipped).toBe(0)
    expect(connectionsLost).toBeGreaterThan(0)
    expect(client.stats().reconnects).toBeGreaterThan(0)
    expect(notices.some((line) => /^warn .*100 messages wait; trying again/.test(line))).toBe(true)
  })

  it('goes on where a publisher before it ended, in frames that are cut otherwise', async () => {
    const url = newUrl()
    const { frame, frames, tipAt } = sampleStream(100)
    await publishAll(url, frames(0, 50, 7))
    const archive = { oldestSeq: 0, frameAt: (seq: number) => frame(Math.max(0, seq - 3), seq + 4) }
    const publisher = publishTo(url, { tip: tipAt(60), archive })
    for (const next of frames(60, 100, 5)) publisher.publish(next)
    await acked(publisher, 99)
    expect(publisher.stats()).toMatchObject({ messages: 50, framesFromArchive: 3 })
    expect(await read(url, 100, { from: 0 })).toEqual(seqs(0, 100))
    expect(await read(url, 50, { from: 50 })).toEqual(seqs(50, 100))
  })

  it('says what it had to leave out, and its readers hear of the gap', async () => {
    const own = await ownServer()
    const url = newUrl(own)
    const { frames } = sampleStream(40)
    const publisher = publishTo(url, { memory: { maxFrames: 5 } })
    for (const next of frames(0, 10)) publisher.publish(next)
    await expect.poll(() => publisher.stats().status, { timeout: 50_000 }).toBe('publishing')
    await acked(publisher, 9)
    await own.kill()
    for (const next of frames(10, 40)) publisher.publish(next)
    await own.start()
    await acked(publisher, 39)
    expect(publisher.stats().messagesSkipped).toBe(25)
    expect(notices.some((line) => line.includes('messages 10 to 34 were nowhere'))).toBe(true)
    expect(await read(url, 5, { from: 35 })).toEqual(seqs(35, 40))
    expect(await failure(url, { from: 9 })).toMatchObject({ cause: { name: 'Wire.SeqGapError' } })
  })

  it('carries frames that are larger than a message of the server', async () => {
    const own = await ownServer({ maxPayload: 65_536 })
    const url = newUrl(own)
    const { frames } = sampleStream(60, 50_000)
    const publisher = publishTo(url)
    const client = open(url, { from: 0, reconnect: { ...QUICK, initially: true } })
    const all = firstValueFrom(client.messages$.pipe(take(60), toArray()))
    const [first, ...rest] = frames(0, 60, 10)
    publisher.publish(first!)
    await acked(publisher, 9)
    // Dies at any moment, so that a frame may be there in part.
    for (const next of rest) publisher.publish(next)
    await own.kill()
    await own.start()
    expect((await all).map(({ message }) => message.seq)).toEqual(seqs(0, 60))
    await acked(publisher, 59)
    for (const from of [0, 9, 10, 35, 59]) {
      expect(await read(url, 60 - from, { from })).toEqual(seqs(from, 60))
    }
  })

  it('does not publish to a server that takes too little at once', async () => {
    const own = await ownServer({ maxPayload: 10_000 })
    const publisher = publishTo(newUrl(own))
    publisher.publish(sampleStream(1).frame(0, 1))
    await expect.poll(() => publisher.stats().status, { timeout: 50_000 }).toBe('failed')
    expect(notices.at(-1)).toContain('raise its max_payload')
  })

  it('keeps as much as it is told to, and says so to who comes too late', async () => {
    const url = newUrl()
    const { frames } = sampleStream(400, 1000)
    const publisher = publishTo(url, { retention: { maxBytes: 100_000 } })
    for (const frame of frames(0, 400, 4)) publisher.publish(frame)
    await acked(publisher, 399)
    const late = await failure(url, { from: 0 })
    expect(late).toBeInstanceOf(RefusedError)
    expect(late).toMatchObject({ code: 'tooOld' })
    const { oldestSeq } = late as RefusedError
    expect(oldestSeq).toBeGreaterThan(200)
    const left = 400 - oldestSeq!
    expect(await read(url, left, { from: 'oldest' })).toEqual(seqs(oldestSeq!, 400))
    expect(await failure(url, { from: 401 })).toMatchObject({ code: 'ahead' })
  })

  it.each<[string, Partial<StreamIdentity>]>([
    ['chain', { chainId: 2n }],
    ['genesis', { genesisHash: new Uint8Array(32) }],
    ['leader', { leaderKey: createFrameSigner().publicKey }],
  ])('does not publish to the stream of another %s', async (_, changed) => {
    const url = newUrl()
    await publishAll(url, sampleStream(3).frames(0, 3))
    const publisher = publishTo(url, { identity: { ...identity, ...changed } })
    await expect.poll(() => publisher.stats().status, { timeout: 50_000 }).toBe('failed')
    expect(notices.at(-1)).toMatch(/^error .*publish to another one$/)
  })

  it('does not publish behind a history that is another', async () => {
    const url = newUrl()
    await publishAll(url, sampleStream(10).frames(0, 10))
    const other = sampleStream(20, 1)
    const publisher = publishTo(url, { tip: other.tipAt(10) })
    publisher.publish(other.frame(10, 20))
    await expect.poll(() => publisher.stats().status, { timeout: 50_000 }).toBe('failed')
    expect(notices.at(-1)).toContain('another message 9')
  })

  it('is believed nothing that the leader did not sign', async () => {
    const url = newUrl()
    const { messages, frame } = sampleStream(3)
    const forged = { ...frame(0, 3), bytes: sealFrame(messages, createFrameSigner()) }
    await publishAll(url, [forged])
    expect(await failure(url, { from: 0 })).toMatchObject({
      name: 'Client.InvalidStreamError',
      cause: { name: 'Wire.BadSignatureError' },
    })
    const leaderKey = createFrameSigner().publicKey
    expect(await failure(url, { leaderKey })).toBeInstanceOf(WrongStreamError)
  })

  it('tells who reads that there is no server, no stream, no token', async () => {
    const reconnect = { initially: false }
    const gone = await failure('nats://127.0.0.1:1/any', { reconnect })
    expect(gone).toBeInstanceOf(DisconnectedError)
    expect(gone).toMatchObject({ shortMessage: expect.stringContaining('nats://127.0.0.1:1/any') })
    // A stream may still come where there is a server.
    const once = { ...QUICK, maxAttempts: 1, initially: false }
    expect(await failure(newUrl(), { reconnect: once })).toMatchObject({
      shortMessage: expect.stringContaining('no message yet'),
    })
    expect(() => open(newUrl(), { token: 'x' })).toThrow(InvalidNatsAddressError)
  })

  async function storedCount(url: string): Promise<number> {
    const connection = await connectNats(parseNatsUrl(url))
    const { state } = await (await jetstreamManager(connection)).streams.info(
      parseNatsUrl(url).stream,
    )
    await connection.close()
    return state.messages
  }
})
