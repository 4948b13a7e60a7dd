/** What a dApp is told by each policy, and what it does at a gap; the server is a script. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Observable } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { Conflated, Gap, Subscribe } from '../../wire/control-messages.ts'
import { sealFrame } from '../../wire/frame.ts'
import { createFrameSigner } from '../../wire/frame-signer.ts'
import { MessageChain, NO_MESSAGE_HASH } from '../../wire/message-chain.ts'
import { decodeControl, encodeControl } from '../../wire/message-codec.ts'
import { SAMPLE_HELLO, SAMPLE_OPENED, SAMPLE_SEALED } from '../../wire/message-samples.ts'
import { connect } from './connect.ts'
import type { DappOptions } from './dapp-client.ts'
import { GapError, InvalidArgumentError } from './dapp-errors.ts'

const signer = createFrameSigner(new Uint8Array(32).fill(1))
const ADDRESS = `0x${'07'.repeat(20)}` as const
const GAP: Gap = { type: 'gap', fromSeq: 2, nextSeq: 5 }
const CONFLATED: Conflated = {
  type: 'conflated',
  ...{ fromSeq: 2, nextSeq: 5, messageCount: 3 },
  accounts: [{ address: new Uint8Array(20).fill(7), seq: 4, balance: 77n, slots: [] }],
}
const closers: (() => unknown)[] = []

afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

/** Eight openings and seals of blocks, one chain. */
function chained(): Uint8Array[] {
  const chain = new MessageChain()
  return Array.from({ length: 8 }, (_, i) => {
    return chain.append(i % 2 === 0 ? SAMPLE_OPENED : SAMPLE_SEALED).bytes
  })
}

const ALL = chained()

/** Two messages, `notice` in the place of three, and the last ones; all to whoever comes again. */
async function serve(notice: Gap | Conflated) {
  const server = new WebSocketServer({ port: 0 })
  const requests: Subscribe[] = []
  server.on('connection', async (socket: WebSocket) => {
    const place = { nextSeq: 0, oldestSeq: 0, latestHash: NO_MESSAGE_HASH }
    socket.send(encodeControl({ ...SAMPLE_HELLO, leaderKey: signer.publicKey, ...place }))
    let request: Subscribe | undefined
    while (request === undefined) {
      const [bytes] = await once(socket, 'message')
      const control = decodeControl(bytes)
      if (control.type === 'subscribe') request = control
    }
    requests.push(request)
    if (requests.length > 1) {
      socket.send(sealFrame(ALL.slice(request.fromSeq), signer))
      return
    }
    socket.send(sealFrame(ALL.slice(0, 2), signer))
    socket.send(encodeControl(notice))
    socket.send(sealFrame(ALL.slice(5), signer))
  })
  closers.push(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  await once(server, 'listening')
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

function collect<T>(source$: Observable<T>): T[] {
  const seen: T[] = []
  source$.subscribe({ next: (value) => seen.push(value), error: () => {} })
  return seen
}

async function watch(notice: Gap | Conflated, options: DappOptions) {
  const { url, requests } = await serve(notice)
  const client = connect(url, { from: 0, queueMessages: 100, ...options })
  closers.push(() => client.close())
  const errors: unknown[] = []
  client.heads$.subscribe({ error: (error) => errors.push(error) })
  return {
    client,
    requests,
    errors,
    heads: collect(client.heads$),
    gaps: collect(client.gaps$),
    conflated: collect(client.conflated$),
    changes: collect(client.stateChanges$([ADDRESS])),
    balances: collect(client.balance$(ADDRESS)),
  }
}

const seqsOf = (seen: readonly { readonly seq: number }[]) => seen.map(({ seq }) => seq)

describe('a dApp that is too slow, with the policy', () => {
  it('gap, goes on and is told what is missing', async () => {
    const { client, heads, gaps, requests } = await watch(GAP, { policy: 'gap' })
    await vi.waitFor(() => expect(heads).toHaveLength(5))
    expect(seqsOf(heads)).toEqual([0, 1, 5, 6, 7])
    expect(gaps).toEqual([{ fromSeq: 2, nextSeq: 5, reason: 'dropped' }])
    expect(requests).toMatchObject([{ policy: 'gap', queueMessages: 100 }])
    expect(client.stats()).toMatchObject({ gaps: 1, conflations: 0 })
  })

  it('gap, fails if it is to', async () => {
    const { heads, errors } = await watch(GAP, { policy: 'gap', onGap: 'fail' })
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    expect(errors[0]).toBeInstanceOf(GapError)
    expect(errors[0]).toMatchObject({ fromSeq: 2, nextSeq: 5, reason: 'dropped' })
    expect(seqsOf(heads)).toEqual([0, 1])
  })

  it('gap, asks for what was dropped if it is to', async () => {
    const { heads, gaps, requests } = await watch(GAP, { policy: 'gap', onGap: 'backfill' })
    await vi.waitFor(() => expect(heads).toHaveLength(8))
    expect(seqsOf(heads)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(gaps).toEqual([])
    expect(requests.map(({ fromSeq }) => fromSeq)).toEqual([0, 2])
  })

  it('conflate, has the newest values, and is told what they stand for', async () => {
    const seen = await watch(CONFLATED, { policy: 'conflate' })
    await vi.waitFor(() => expect(seen.heads).toHaveLength(5))
    const account = { seq: 4, address: ADDRESS, balance: 77n }
    expect(seen.conflated).toEqual([
      { fromSeq: 2, nextSeq: 5, messageCount: 3, accounts: [{ ...account, slots: [] }] },
    ])
    expect(seen.changes).toEqual([{ ...account, slots: [] }])
    expect(seen.balances).toEqual([account])
    expect(seen.gaps).toEqual([{ fromSeq: 2, nextSeq: 5, reason: 'merged' }])
    expect(seen.requests).toMatchObject([{ policy: 'conflate' }])
    expect(seen.client.stats()).toMatchObject({ gaps: 0, conflations: 1 })
  })

  it('conflate, goes on where more was missing than one state may say', async () => {
    const { heads, gaps } = await watch(GAP, { policy: 'conflate' })
    await vi.waitFor(() => expect(heads).toHaveLength(5))
    expect(gaps).toEqual([{ fromSeq: 2, nextSeq: 5, reason: 'dropped' }])
  })

  it('conflate, cannot ask for what would be merged again', () => {
    expect(() => connect('ws://127.0.0.1:1', { policy: 'conflate', onGap: 'backfill' })).toThrow(
      InvalidArgumentError,
    )
  })

  it('disconnect, fails when messages are dropped all the same', async () => {
    const { errors } = await watch(GAP, {})
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    expect(errors[0]).toMatchObject({ name: 'Client.WrongStreamError' })
  })
})
