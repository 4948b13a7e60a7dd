import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ControlMessage, Subscribe } from '../wire/control-messages.ts'
import { PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import type { PublishedFrame } from './frame-log.ts'
import type { StreamServer, StreamServerOptions } from './stream-server.ts'
import { createStreamServer, ListenError } from './stream-server.ts'

const identity = {
  chainId: 31337n,
  genesisHash: new Uint8Array(32).fill(1),
  leaderKey: new Uint8Array(32).fill(2),
  engine: 'reference',
}

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(options: Partial<StreamServerOptions> = {}): Promise<StreamServer> {
  const server = await createStreamServer({ identity, ...options })
  closers.push(() => server.close())
  return server
}

/** A client that only keeps what it gets: the server's side is what is tested. */
async function connect(server: StreamServer) {
  const socket = new WebSocket(server.url)
  closers.push(() => socket.terminate())
  const received: Buffer[] = []
  socket.on('message', (bytes) => received.push(bytes as Buffer))
  const closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)])
  await once(socket, 'message')
  const subscribe = (changed: Partial<Subscribe> = {}) =>
    socket.send(
      encodeControl({ type: 'subscribe', version: PROTOCOL_VERSION, role: 'dapp', ...changed }),
    )
  const control = (index: number): ControlMessage => decodeControl(received[index]!)
  return { socket, received, closed, subscribe, control }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}

/** The server does not look into frames, so any bytes will do. */
function frame(seq: number, byteLength = 100): PublishedFrame {
  const bytes = new Uint8Array(byteLength).fill(seq + 1)
  return { bytes, firstSeq: seq, lastSeq: seq, lastHash: new Uint8Array(32).fill(seq) }
}

describe('stream server', () => {
  it('says hello with what it has, and sends frames from the wanted message on', async () => {
    const server = await start()
    for (let seq = 0; seq < 3; seq++) server.publish(frame(seq))
    const client = await connect(server)
    expect(client.control(0)).toMatchObject({
      ...identity,
      type: 'hello',
      oldestSeq: 0,
      nextSeq: 3,
      latestHash: frame(2).lastHash,
    })
    client.subscribe({ fromSeq: 1 })
    await until(() => client.received.length === 3)
    server.publish(frame(3))
    await until(() => client.received.length === 4)
    expect(client.received.slice(1).map((bytes) => bytes[0])).toEqual([2, 3, 4])
    expect(server.stats()).toMatchObject({ subscribers: 1, frames: 4, messages: 4, framesSent: 3 })
  })

  it('sends only what is new to a live subscriber', async () => {
    const server = await start()
    server.publish(frame(0))
    const client = await connect(server)
    client.subscribe()
    await sleep(20)
    server.publish(frame(1))
    await until(() => client.received.length === 2)
    expect(client.received[1]?.[0]).toBe(2)
  })

  it.each<[string, number, Partial<Subscribe>, object]>([
    ['a message that is gone', 4410, { fromSeq: 1 }, { code: 'tooOld', oldestSeq: 3 }],
    ['a message that does not exist', 4416, { fromSeq: 6 }, { code: 'ahead' }],
    ['another version', 4406, { version: PROTOCOL_VERSION + 1 }, { code: 'wrongVersion' }],
    ['a missing token', 4401, { token: undefined as never }, { code: 'unauthorized' }],
    ['a wrong token', 4401, { token: 'secreT' }, { code: 'unauthorized' }],
  ])('refuses %s with close code %i', async (_, code, changed, refusal) => {
    const server = await start({ logFrames: 2, token: 'secret' })
    for (let seq = 0; seq < 5; seq++) server.publish(frame(seq))
    const client = await connect(server)
    client.subscribe({ token: 'secret', ...changed })
    expect((await client.closed)[0]).toBe(code)
    expect(client.control(1)).toMatchObject({ type: 'refused', ...refusal })
    expect(server.stats().refused).toBe(1)
  })

  it('refuses what is not a subscription, and a second one', async () => {
    const server = await start()
    for (const bytes of [Buffer.from('hello'), encodeControl({ ...identityHello() })]) {
      const client = await connect(server)
      client.socket.send(bytes)
      expect((await client.closed)[0]).toBe(4400)
    }
    const twice = await connect(server)
    twice.subscribe()
    twice.subscribe()
    expect((await twice.closed)[0]).toBe(4400)
  })

  it('cuts who sends too much in one message', async () => {
    const client = await connect(await start())
    client.socket.send(new Uint8Array(100_000))
    expect((await client.closed)[0]).toBe(1009)
  })

  it('cuts who does not subscribe in time', async () => {
    const server = await start({ handshakeTimeoutMs: 30 })
    const client = await connect(server)
    expect((await client.closed)[0]).toBe(4408)
    expect(server.stats()).toMatchObject({ handshakeTimeouts: 1 })
  })

  it('refuses connections over its limit, and takes new ones when there is room', async () => {
    const server = await start({ maxSubscribers: 1 })
    const first = await connect(server)
    const second = await connect(server)
    expect((await second.closed)[0]).toBe(4503)
    first.socket.close()
    await until(() => server.stats().subscribers === 0)
    const third = await connect(server)
    third.subscribe()
    await sleep(10)
    expect(server.stats().subscribers).toBe(1)
  })

  it('bounds what waits for a slow reader, cuts it when the log has moved on, and tells', async () => {
    const byteLength = 256 * 1024
    const server = await start({
      maxBufferedBytes: byteLength,
      logFrames: 40,
      closeTimeoutMs: 5000,
    })
    const slow = await connect(server)
    const quick = await connect(server)
    slow.subscribe()
    quick.subscribe()
    await sleep(20)
    slow.socket.pause()
    for (let seq = 0; seq < 200 && server.stats().laggardsCut === 0; seq++) {
      server.publish(frame(seq, byteLength))
      await until(() => quick.received.length === seq + 2)
    }
    expect(server.stats()).toMatchObject({ laggardsCut: 1 })
    slow.socket.resume()
    expect(await slow.closed).toEqual([4509, 'too slow: the next frame is gone'])
    server.publish(frame(server.stats().frames))
    await until(() => quick.received.length === server.stats().frames + 1)
  })

  it('lets a slow reader go on where it was while the log still has its frames', async () => {
    const server = await start({ maxBufferedBytes: 1, logFrames: 1000 })
    const slow = await connect(server)
    slow.subscribe()
    await sleep(20)
    slow.socket.pause()
    for (let seq = 0; seq < 60; seq++) server.publish(frame(seq, 100_000))
    await sleep(20)
    expect(server.stats().framesSent).toBeLessThan(60)
    slow.socket.resume()
    await until(() => slow.received.length === 61)
    expect(slow.received.slice(1).map((bytes) => bytes[0])).toEqual(
      Array.from({ length: 60 }, (_, seq) => seq + 1),
    )
  })

  it('pings, and cuts a peer that no longer answers', async () => {
    const server = await start({ pingIntervalMs: 15, peerTimeoutMs: 60 })
    const alive = await connect(server)
    const dead = await connect(server)
    alive.subscribe()
    dead.subscribe()
    await sleep(10)
    dead.socket.pause()
    await until(() => server.stats().deadPeersCut === 1)
    await sleep(50)
    expect(server.stats()).toMatchObject({ deadPeersCut: 1, subscribers: 1 })
    expect(alive.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('sends what it took before it closes, then says it goes away', async () => {
    const server = await start()
    const client = await connect(server)
    client.subscribe()
    await sleep(20)
    for (let seq = 0; seq < 20; seq++) server.publish(frame(seq, 50_000))
    await server.close()
    expect(await client.closed).toEqual([1001, 'server is closing'])
    expect(client.received).toHaveLength(21)
  })

  it('says so when its port is taken', async () => {
    const server = await start()
    await expect(createStreamServer({ identity, port: server.port })).rejects.toThrow(ListenError)
  })
})

function identityHello(): ControlMessage {
  const latestHash = new Uint8Array(32)
  const numbers = { version: PROTOCOL_VERSION, nextSeq: 0, oldestSeq: 0, latestHash }
  return { type: 'hello', protocol: 'shredcast', ...identity, ...numbers }
}
