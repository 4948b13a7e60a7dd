import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { Hello, Refused, Subscribe } from '../wire/control-messages.ts'
import { sealFrame } from '../wire/frame.ts'
import { createFrameSigner } from '../wire/frame-signer.ts'
import { MessageChain, NO_MESSAGE_HASH } from '../wire/message-chain.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import { SAMPLE_HELLO, sampleDraft } from '../wire/message-samples.ts'
import { connectStream } from './connect-stream.ts'
import { EquivocationError } from './equivocation-error.ts'
import type { StreamClient, StreamOptions } from './stream-client.ts'
import {
  DisconnectedError,
  InvalidStreamError,
  InvalidStreamUrlError,
  RefusedError,
  SilentServerError,
  StreamClosedError,
  WrongStreamError,
} from './stream-errors.ts'

const signer = createFrameSigner(new Uint8Array(32).fill(1))
const HELLO: Hello = {
  ...SAMPLE_HELLO,
  leaderKey: signer.publicKey,
  nextSeq: 0,
  oldestSeq: 0,
  latestHash: NO_MESSAGE_HASH,
}
const QUICK = { minDelayMs: 1, maxDelayMs: 5 }

const closers: (() => unknown)[] = []

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

type Script = (socket: WebSocket, subscribe: Subscribe, connection: number) => unknown

/** A server that says hello and then does to each subscriber what the test wants. */
async function fakeServer(script: Script, hello: Partial<Hello> = {}): Promise<string> {
  const server = new WebSocketServer({ port: 0 })
  let connections = 0
  server.on('connection', async (socket) => {
    const connection = connections++
    socket.send(encodeControl({ ...HELLO, ...hello }))
    const [bytes] = await once(socket, 'message')
    script(socket, decodeControl(bytes) as Subscribe, connection)
  })
  closers.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function connect(url: string, options: StreamOptions = {}): StreamClient {
  const client = connectStream(url, { reconnect: QUICK, ...options })
  closers.push(() => client.close())
  return client
}

/** Encoded messages 0 to `count` - 1 of a fresh chain. */
function chained(count: number): Uint8Array[] {
  const chain = new MessageChain()
  return Array.from({ length: count }, (_, i) => chain.append(sampleDraft(i)).bytes)
}

function failure(client: StreamClient): Promise<unknown> {
  return lastValueFrom(client.messages$).then(
    () => undefined,
    (error: unknown) => error,
  )
}

const ALL = chained(10)
const seal = (messages: readonly Uint8Array[]) => sealFrame(messages, signer)

describe('stream client', () => {
  it('delivers the messages of all frames in order and completes when closed', async () => {
    const url = await fakeServer((socket) => {
      socket.send(seal(ALL.slice(0, 3)))
      socket.send(seal(ALL.slice(3, 4)))
    })
    const client = connect(url)
    const received = await firstValueFrom(client.messages$.pipe(take(4), toArray()))
    expect(received.map(({ message }) => message.seq)).toEqual([0, 1, 2, 3])
    expect(received[2]?.bytes).toEqual(ALL[2])
    expect(await client.hello).toMatchObject({ chainId: 1n, engine: 'reference' })
    expect(client.stats()).toMatchObject({ frames: 2, messages: 4, reconnects: 0 })
    const rest = lastValueFrom(client.messages$, { defaultValue: 'completed' })
    client.close()
    expect(await rest).toBe('completed')
  })

  it('resumes after a cut at the message it wants next, past the start of its frame', async () => {
    const wanted: unknown[] = []
    const url = await fakeServer((socket, subscribe, connection) => {
      wanted.push(subscribe.fromSeq)
      if (connection === 0) {
        socket.send(seal(ALL.slice(0, 3)), () => socket.terminate())
      } else socket.send(seal(ALL.slice(1, 6)))
    })
    const client = connect(url)
    const received = await firstValueFrom(client.messages$.pipe(take(6), toArray()))
    expect(received.map(({ message }) => message.seq)).toEqual([0, 1, 2, 3, 4, 5])
    expect(wanted).toEqual([0, 3])
    expect(client.stats().reconnects).toBe(1)
  })

  it('takes a frame that begins before the message that is due', async () => {
    const frames = [seal(ALL.slice(0, 4)), seal(ALL.slice(2, 6))]
    const url = await fakeServer((socket) => {
      for (const frame of frames) socket.send(frame)
    })
    const received = await firstValueFrom(connect(url).messages$.pipe(take(6), toArray()))
    expect(received.map(({ message }) => message.seq)).toEqual([0, 1, 2, 3, 4, 5])
    const counts = received.map(({ frame }) => frame?.messageCount)
    expect(counts).toEqual([undefined, undefined, undefined, 4, undefined, 4])
    expect(received[5]?.frame?.bytes).toEqual(frames[1])
  })

  it('keeps what waits when the connection is lost, and asks for what comes behind it', async () => {
    const wanted: unknown[] = []
    const url = await fakeServer((socket, { fromSeq }, connection) => {
      wanted.push(fromSeq)
      if (connection === 0) socket.send(seal(ALL.slice(0, 4)), () => socket.terminate())
      else socket.send(seal(ALL.slice(fromSeq)))
    })
    const client = connect(url)
    const seen: number[] = []
    client.messages$.subscribe(({ message }) => {
      seen.push(message.seq)
      if (message.seq === 1) client.pause()
    })
    while (wanted.length < 2) await sleep(5)
    client.resume()
    await firstSeen(seen, 10)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(wanted).toEqual([0, 4])
  })

  it('holds messages back while nobody listens or it is paused', async () => {
    const url = await fakeServer((socket) => socket.send(seal(ALL)))
    const client = connect(url)
    await client.hello
    await sleep(20)
    const seen: number[] = []
    const subscription = client.messages$.subscribe(({ message }) => {
      seen.push(message.seq)
      if (message.seq === 1) client.pause()
      if (message.seq === 3) subscription.unsubscribe()
    })
    expect(await firstSeen(seen, 2)).toEqual([0, 1])
    await sleep(10)
    expect(seen).toEqual([0, 1])
    client.resume()
    expect(seen).toEqual([0, 1, 2, 3])
    const rest = await firstValueFrom(client.messages$.pipe(take(6), toArray()))
    expect(rest.map(({ message }) => message.seq)).toEqual([4, 5, 6, 7, 8, 9])
  })

  it('starts again elsewhere when told to', async () => {
    const url = await fakeServer((socket, { fromSeq }) => socket.send(seal(ALL.slice(fromSeq))))
    const client = connect(url)
    const seen: number[] = []
    client.messages$.subscribe(({ message }) => {
      seen.push(message.seq)
      if (seen.length === 10) client.rewind(7)
    })
    await firstSeen(seen, 13)
    expect(seen.slice(9)).toEqual([9, 7, 8, 9])
  })

  it('continues only what it was told to continue', async () => {
    const url = await fakeServer((socket, { fromSeq }) => socket.send(seal(ALL.slice(fromSeq))))
    const client = connect(url, { from: { nextSeq: 2, latestHash: NO_MESSAGE_HASH } })
    expect(await failure(client)).toMatchObject({ cause: { name: 'Wire.BrokenChainError' } })
  })
})

describe('stream client, faults of the server', () => {
  const foreign = createFrameSigner()
  const changed = chained(3)
  changed[1] = new MessageChain({ nextSeq: 1, latestHash: new Uint8Array(32).fill(9) }).append(
    sampleDraft(1),
  ).bytes
  const tampered = seal(ALL)
  tampered[200] = tampered[200]! ^ 1

  it.each<[string, Uint8Array, string]>([
    ['a tampered frame', tampered, 'Wire.BadSignatureError'],
    ['a frame under another key', sealFrame(ALL, foreign), 'Wire.BadSignatureError'],
    ['a dropped message', seal([ALL[0]!, ALL[2]!]), 'Wire.SeqGapError'],
    ['a stream that begins too late', seal([ALL[1]!]), 'Wire.SeqGapError'],
    ['reordered messages', seal([ALL[1]!, ALL[0]!]), 'Wire.SeqGapError'],
    ['a message that is none', seal([Uint8Array.of(1, 2, 3)]), 'Wire.MalformedBytesError'],
    ['a cut frame', seal(ALL).subarray(0, 100), 'Wire.MalformedFrameError'],
  ])('ends with the reason at %s', async (_, frame, cause) => {
    const client = connect(await fakeServer((socket) => socket.send(frame)))
    const error = await failure(client)
    expect(error).toBeInstanceOf(InvalidStreamError)
    expect(error).toMatchObject({ cause: { name: cause } })
  })

  it.each<[string, Uint8Array, Uint8Array]>([
    ['within a frame', seal(changed), seal(ALL)],
    ['in the place of one that was read', seal(ALL.slice(0, 2)), seal(changed.slice(1))],
    ['by what the next one continues', seal(ALL.slice(0, 1)), seal(changed.slice(1, 2))],
  ])('ends with evidence at another message for one seq, %s', async (_, first, second) => {
    const url = await fakeServer((socket) => {
      socket.send(first)
      socket.send(second)
    })
    const error = await failure(connect(url))
    expect(error).toBeInstanceOf(EquivocationError)
    const { evidence } = error as EquivocationError
    expect(evidence.leaderKey).toEqual(signer.publicKey)
    expect(evidence.first.seq).toBe(evidence.second.seq)
    expect(evidence.first.hash).not.toEqual(evidence.second.hash)
    expect([first, second]).toContainEqual(new Uint8Array(evidence.first.frame))
    expect([first, second]).toContainEqual(new Uint8Array(evidence.second.frame))
  })

  it('ends with evidence when a new connection says something else', async () => {
    const url = await fakeServer((socket, _, connection) => {
      if (connection === 0) socket.send(seal(ALL.slice(0, 2)), () => socket.terminate())
      else socket.send(seal(changed))
    })
    expect(await failure(connect(url))).toMatchObject({ evidence: { seq: 1 } })
  })

  it('ends at a frame that brings nothing new', async () => {
    const url = await fakeServer((socket) => {
      socket.send(seal(ALL.slice(0, 2)))
      socket.send(seal(ALL.slice(0, 2)))
    })
    expect(await failure(connect(url))).toMatchObject({ cause: { name: 'Wire.RepeatedSeqError' } })
  })

  it('delivers what is valid before the fault', async () => {
    const url = await fakeServer((socket) => socket.send(seal([ALL[0]!, ALL[1]!, ALL[3]!])))
    const seen: number[] = []
    const client = connect(url)
    client.messages$.subscribe({ next: ({ message }) => seen.push(message.seq), error: () => {} })
    await failure(client)
    expect(seen).toEqual([0, 1])
  })

  it('refuses a leader other than the pinned one, before any frame', async () => {
    const url = await fakeServer((socket) => socket.send(seal(ALL)))
    const client = connect(url, { leaderKey: foreign.publicKey })
    expect(await failure(client)).toBeInstanceOf(WrongStreamError)
    await expect(client.hello).rejects.toThrow('expected 0x')
  })

  it.each<[string, Partial<Hello>]>([
    ['leader', { leaderKey: foreign.publicKey }],
    ['chain', { chainId: 2n }],
    ['genesis', { genesisHash: new Uint8Array(32).fill(7) }],
  ])('refuses another %s after a reconnect', async (_, changedHello) => {
    const hello = { ...HELLO }
    const url = await fakeServer((socket) => {
      Object.assign(hello, changedHello)
      socket.send(seal(ALL.slice(0, 1)), () => socket.terminate())
    }, hello)
    const client = connect(url)
    expect(await failure(client)).toBeInstanceOf(WrongStreamError)
    expect(client.stats()).toMatchObject({ messages: 1, reconnects: 1 })
  })

  it.each<[Refused['code'], number | undefined]>([
    ['tooOld', 5],
    ['unauthorized', undefined],
  ])('ends with the refusal when the server says %s', async (code, oldestSeq) => {
    const refused: Refused = {
      type: 'refused',
      code,
      reason: 'no',
      ...(oldestSeq === undefined ? {} : { oldestSeq }),
    }
    const client = connect(await fakeServer((socket) => socket.send(encodeControl(refused))))
    const error = await failure(client)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ code, oldestSeq })
  })

  it('comes back when the server is full', async () => {
    const url = await fakeServer((socket, _, connection) => {
      if (connection > 0) socket.send(seal(ALL))
      else {
        socket.send(encodeControl({ type: 'refused', code: 'full', reason: 'full' }))
        socket.close(4503)
      }
    })
    expect((await firstValueFrom(connect(url).messages$)).message.seq).toBe(0)
  })

  it('takes silence for a lost connection', async () => {
    const url = await fakeServer((socket, _, connection) => {
      if (connection > 0) socket.send(seal(ALL))
    })
    const client = connect(url, { readDeadlineMs: 40 })
    const waiting: unknown[] = []
    client.state$.subscribe((state) => {
      if (state.status === 'waiting') waiting.push(state.error)
    })
    await firstValueFrom(client.messages$)
    expect(waiting[0]).toBeInstanceOf(SilentServerError)
  })

  it('stays while pings come', async () => {
    const url = await fakeServer((socket) => {
      const pings = setInterval(() => socket.ping(), 10)
      closers.push(() => clearInterval(pings))
    })
    const client = connect(url, { readDeadlineMs: 60 })
    await client.hello
    await sleep(200)
    expect(client.stats().reconnects).toBe(0)
  })

  it('gives up as it is told to', async () => {
    const gone = 'ws://127.0.0.1:9'
    const first = connect(gone, { reconnect: { initially: false } })
    expect(await failure(first)).toBeInstanceOf(DisconnectedError)
    const third = connect(gone, { reconnect: { ...QUICK, maxAttempts: 2 } })
    expect(await failure(third)).toMatchObject({ closeCode: 1006 })
    expect(third.stats().reconnects).toBe(2)
    const url = await fakeServer((socket) => socket.close(1001, 'bye'))
    const once = connect(url, { reconnect: false })
    expect(await failure(once)).toMatchObject({ closeCode: 1001, message: /bye/ })
  })

  it('refuses addresses that are none, and ends its hello when closed', async () => {
    expect(() => connectStream('http://localhost')).toThrow(InvalidStreamUrlError)
    expect(() => connectStream('nonsense')).toThrow(InvalidStreamUrlError)
    const client = connect('ws://127.0.0.1:9')
    client.close()
    await expect(client.hello).rejects.toThrow(StreamClosedError)
  })
})

async function firstSeen(seen: readonly number[], count: number): Promise<readonly number[]> {
  while (seen.length < count) await sleep(2)
  return seen.slice(0, count)
}
