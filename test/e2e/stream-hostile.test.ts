/**
 * Peers that send anything: to the server as subscribers, to the client as servers. Neither ends, nor
 * grows, nor troubles anyone else; who misbehaves is told by a close code or ends with a typed error.
 */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import { StreamError } from '@shredcast/protocol/client/stream-errors'
import type { ControlMessage } from '@shredcast/protocol/wire/control-messages'
import { PROTOCOL_VERSION } from '@shredcast/protocol/wire/control-messages'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import { partOfFrame } from '@shredcast/protocol/wire/frame-part'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain, messageHash, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import { encodeControl } from '@shredcast/protocol/wire/message-codec'
import { SAMPLE_HELLO, sampleDraft } from '@shredcast/protocol/wire/message-samples'
import { treeOver } from '@shredcast/protocol/wire/message-tree'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { startSampleStream, until } from '../kit/sample-stream.ts'

const SEED = Number(process.env.STREAM_SEED ?? Date.now() % 1_000_000)
const signer = createFrameSigner()
const subscribe: ControlMessage = { type: 'subscribe', version: PROTOCOL_VERSION, role: 'dapp' }

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

/** With some bytes changed, cut or repeated. */
function mangled(random: Random, bytes: Uint8Array): Uint8Array {
  const other = bytes.slice()
  for (let i = random.below(4); i >= 0; i--) other[random.below(other.length)] = random.below(256)
  return random.chance(0.3) ? other.subarray(0, random.below(other.length)) : other
}

const FROM_CLIENTS: readonly ControlMessage[] = [
  subscribe,
  { ...subscribe, fromSeq: 0, prevHash: NO_MESSAGE_HASH, policy: 'conflate', blocks: 'all' },
  { ...subscribe, fromSeq: 2 ** 40, policy: 'gap', queueMessages: 1 },
  { type: 'ping', ping: 1 },
  { type: 'filterItems', name: 'a', kind: 'addresses', items: new Uint8Array(200) },
  { type: 'filterItems', name: 'b', kind: 'slots', items: new Uint8Array(33) },
  { type: 'filterDrop', name: 'a' },
  { type: 'heartbeat', nextSeq: 1, sentSeq: 1, ageMs: 0 },
  { type: 'gap', fromSeq: 0, nextSeq: 1 },
]

/** Sends a few messages, most of them wrong or at the wrong time. */
function misbehave(random: Random, socket: WebSocket): void {
  for (let i = random.below(6); i >= 0; i--) {
    const message = encodeControl(random.pick(FROM_CLIENTS))
    const kind = random.below(5)
    if (kind === 0) socket.send(randomBytes(random, random.below(2000)))
    else if (kind === 1) socket.send('text')
    else if (kind === 2) socket.send(message)
    else socket.send(mangled(random, message))
  }
}

describe(`a server among hostile peers, STREAM_SEED=${SEED}`, () => {
  it('cuts each with a code that says why, and serves everyone else', async () => {
    const random = createRandom(SEED)
    const stream = await startSampleStream({ maxSubscribers: 400, handshakeTimeoutMs: 300 })
    closers.push(() => stream.close())
    const honest = connectStream(stream.server.url, { from: 0 })
    closers.push(() => honest.close())
    const seqs: number[] = []
    honest.messages$.subscribe(({ message }) => seqs.push(message.seq))
    const codes = new Map<number, number>()
    for (let peer = 0; peer < 200; peer++) {
      const socket = new WebSocket(stream.server.url)
      socket.on('error', () => {})
      socket.on('close', (code) => codes.set(code, (codes.get(code) ?? 0) + 1))
      await once(socket, 'open')
      misbehave(random, socket)
      if (peer % 10 === 0) {
        stream.append()
        stream.flush()
      }
      if (random.chance(0.2)) socket.terminate()
      else closers.push(() => socket.terminate())
    }
    await until(() => seqs.length === 20)
    await until(() => [...codes.values()].reduce((sum, count) => sum + count, 0) > 100)
    const known = [1005, 1006, 4400, 4406, 4408, 4409, 4410, 4416]
    expect([...codes.keys()].filter((code) => !known.includes(code))).toEqual([])
    expect(stream.server.stats()).toMatchObject({ archiveFailures: 0 })
  })

  it('cuts who asks and asks without reading, before it costs memory', async () => {
    const stream = await startSampleStream()
    closers.push(() => stream.close())
    const socket = new WebSocket(stream.server.url)
    closers.push(() => socket.terminate())
    const closed = once(socket, 'close')
    await once(socket, 'open')
    socket.send(encodeControl(subscribe))
    socket.pause()
    const ping = encodeControl({ type: 'ping', ping: 1 })
    for (let i = 0; i < 2000; i++) socket.send(ping)
    await until(() => stream.server.stats().misbehavedCut === 1)
    socket.resume()
    expect([4429, 1006]).toContain((await closed)[0])
    const flooding = new WebSocket(stream.server.url)
    closers.push(() => flooding.terminate())
    await once(flooding, 'open')
    for (let i = 0; i < 2000; i++) flooding.ping()
    await until(() => stream.server.stats().misbehavedCut === 2)
  })
})

const chain = new MessageChain()
const MESSAGES = Array.from({ length: 20 }, (_, i) => chain.append(sampleDraft(i)).bytes)
const FRAME = sealFrame(MESSAGES, signer)
const PART = partOfFrame(
  FRAME,
  treeOver(MESSAGES.map(messageHash)),
  MESSAGES,
  MESSAGES.map((_, i) => i % 3 === 0),
)
const HELLO = encodeControl({
  ...SAMPLE_HELLO,
  ...{ leaderKey: signer.publicKey, nextSeq: 0, oldestSeq: 0, latestHash: NO_MESSAGE_HASH },
})

const FROM_SERVERS: readonly Uint8Array[] = [
  HELLO,
  FRAME,
  PART,
  sealFrame(MESSAGES, createFrameSigner()),
  encodeControl({ type: 'gap', fromSeq: 0, nextSeq: 7 }),
  encodeControl({ type: 'gap', fromSeq: 7, nextSeq: 7 }),
  encodeControl({ type: 'conflated', fromSeq: 3, nextSeq: 9, messageCount: 1, accounts: [] }),
  encodeControl({ type: 'heartbeat', nextSeq: 2 ** 50, sentSeq: 2 ** 50, ageMs: 5 }),
  encodeControl({ type: 'filterChanged', name: 'a', itemCount: 1, fromSeq: 9 }),
  encodeControl({ type: 'refused', code: 'otherChain', reason: 'no' }),
  encodeControl(subscribe),
]

describe(`a client of hostile servers, STREAM_SEED=${SEED}`, () => {
  it('ends with a typed error, or goes on; what it delivers is right', async () => {
    const random = createRandom(SEED)
    const server = new WebSocketServer({ port: 0 })
    closers.push(() => {
      for (const socket of server.clients) socket.terminate()
      server.close()
    })
    server.on('connection', async (socket) => {
      socket.on('error', () => {})
      if (random.chance(0.9)) socket.send(HELLO)
      for (let i = random.below(6); i >= 0; i--) {
        const message = random.pick(FROM_SERVERS)
        const kind = random.below(8)
        if (kind === 0) socket.send(randomBytes(random, 1 + random.below(500)))
        else if (kind === 1) socket.send('text')
        else socket.send(kind < 5 ? message : mangled(random, message))
      }
      await sleep(random.below(10))
      socket.close(random.pick([1000, 1011, 4509, 4503]))
    })
    await once(server, 'listening')
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
    let delivered = 0
    const ends = Array.from({ length: 200 }, async (_, number) => {
      const policy = random.pick(['disconnect', 'gap', 'conflate'] as const)
      const client = connectStream(url, {
        from: 0,
        leaderKey: signer.publicKey,
        policy,
        onGap: random.pick(['fail', 'continue'] as const),
        reconnect: { minDelayMs: 1, maxDelayMs: 2, maxAttempts: 1 },
        ...(number % 2 === 0 && { filters: { named: {} } }),
      })
      closers.push(() => client.close())
      const error = await new Promise((resolve) => {
        client.events$.subscribe({
          next(event) {
            if (event.type !== 'message') return
            delivered++
            expect(event.bytes).toEqual(MESSAGES[event.message.seq])
          },
          error: resolve,
        })
      })
      expect(error).toBeInstanceOf(StreamError)
    })
    await Promise.all(ends)
    expect(delivered).toBeGreaterThan(0)
  })
})
