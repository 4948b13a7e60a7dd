/** The client as it runs in browsers: `ws` stands in for the platform's WebSocket, which it imitates. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Subscribe } from '../wire/control-messages.ts'
import { sealFrame } from '../wire/frame.ts'
import { createFrameSigner } from '../wire/frame-signer.ts'
import { MessageChain, NO_MESSAGE_HASH } from '../wire/message-chain.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import { SAMPLE_HELLO, sampleDraft } from '../wire/message-samples.ts'
import { connectStream } from './connect-stream.ts'
import type { StreamClient, StreamOptions } from './stream-client.ts'
import { SilentServerError, WrongStreamError } from './stream-errors.ts'

vi.mock('#stream-socket', () => import('./browser-socket.ts'))
vi.mock('#frame-verifier', () => import('../wire/portable-frame-verifier.ts'))

const signer = createFrameSigner(new Uint8Array(32).fill(1))
const HELLO = encodeControl({
  ...SAMPLE_HELLO,
  leaderKey: signer.publicKey,
  nextSeq: 0,
  oldestSeq: 0,
  latestHash: NO_MESSAGE_HASH,
})
const closers: (() => unknown)[] = []

beforeEach(() => {
  vi.stubGlobal('WebSocket', WebSocket)
})

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
  vi.unstubAllGlobals()
})

function chained(count: number): Uint8Array[] {
  const chain = new MessageChain()
  return Array.from({ length: count }, (_, i) => chain.append(sampleDraft(i)).bytes)
}

const ALL = chained(6)
const seal = (messages: readonly Uint8Array[]) => sealFrame(messages, signer)

type Script = (socket: WebSocket, fromSeq: number, connection: number) => unknown

async function fakeServer(script: Script): Promise<string> {
  const server = new WebSocketServer({ port: 0 })
  let connections = 0
  server.on('connection', async (socket) => {
    const connection = connections++
    socket.send(HELLO)
    const [bytes] = await once(socket, 'message')
    script(socket, (decodeControl(bytes) as Subscribe).fromSeq ?? 0, connection)
  })
  closers.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function connect(url: string, options: StreamOptions = {}): StreamClient {
  const client = connectStream(url, { reconnect: { minDelayMs: 1, maxDelayMs: 5 }, ...options })
  closers.push(() => client.close())
  return client
}

describe('stream client in a browser', () => {
  it('verifies, delivers, and resumes after a cut', async () => {
    const wanted: number[] = []
    const url = await fakeServer((socket, fromSeq, connection) => {
      wanted.push(fromSeq)
      if (connection > 0) socket.send(seal(ALL.slice(fromSeq)))
      else socket.send(seal(ALL.slice(0, 3)), () => socket.terminate())
    })
    const received = await firstValueFrom(connect(url).messages$.pipe(take(6), toArray()))
    expect(received.map(({ message }) => message.seq)).toEqual([0, 1, 2, 3, 4, 5])
    expect(wanted).toEqual([0, 3])
  })

  it('gives a connection up that it cannot hold back, and comes back when it is read', async () => {
    const ends: number[] = []
    const url = await fakeServer((socket, fromSeq, connection) => {
      socket.on('close', () => ends.push(connection))
      socket.send(seal(ALL.slice(fromSeq)))
    })
    const client = connect(url, { maxWaitingBytes: 1 })
    await vi.waitFor(() => expect(ends).toEqual([0]))
    expect(client.stats().messages).toBe(0)
    const received = await firstValueFrom(client.messages$.pipe(take(6), toArray()))
    expect(received.map(({ message }) => message.seq)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('ends at text, and at a signature of another', async () => {
    const text = connect(await fakeServer((socket) => socket.send('text')))
    await expect(firstValueFrom(text.messages$)).rejects.toThrow(WrongStreamError)
    const foreign = sealFrame(ALL, createFrameSigner())
    const forged = connect(await fakeServer((socket) => socket.send(foreign)))
    await expect(firstValueFrom(forged.messages$)).rejects.toMatchObject({
      cause: { name: 'Wire.BadSignatureError' },
    })
  })

  it('takes silence for a lost connection, before and after the hello', async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    closers.push(() => mute.close())
    await once(mute, 'listening')
    const { port } = mute.address() as AddressInfo
    const url = await fakeServer(() => {})
    for (const silent of [`ws://127.0.0.1:${port}`, url]) {
      const client = connect(silent, { readDeadlineMs: 30, reconnect: false })
      await expect(firstValueFrom(client.messages$)).rejects.toThrow(/silent|no connection/)
    }
    const client = connect(url, { readDeadlineMs: 1000, reconnect: false })
    await expect(firstValueFrom(client.messages$)).rejects.toThrow(SilentServerError)
  })

  it('leaves nothing open when closed', async () => {
    const ends: number[] = []
    const url = await fakeServer((socket) => socket.on('close', (code) => ends.push(code)))
    const client = connect(url)
    await client.hello
    await sleep(5)
    client.close()
    await vi.waitFor(() => expect(ends).toEqual([1000]))
  })
})
