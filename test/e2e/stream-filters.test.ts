/** Filters that the server evaluates: what comes, what is proved of it, and what it may cost. */

import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { StreamClient, StreamOptions } from '@shredcast/protocol/client/stream-client'
import type { StreamServerOptions } from '@shredcast/protocol/server/stream-server'
import {
  SAMPLE_OPENED,
  SAMPLE_REVERTED,
  SAMPLE_SEALED,
  SAMPLE_SHRED,
} from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { FilterSpec } from '@shredcast/protocol/wire/shred-filter'
import { afterEach, describe, expect, it } from 'vitest'
import type { SampleStream } from '../kit/sample-stream.ts'
import { startSampleStream, until } from '../kit/sample-stream.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(options: Partial<StreamServerOptions> = {}): Promise<SampleStream> {
  const stream = await startSampleStream(options)
  closers.push(() => stream.close())
  return stream
}

function connect(stream: SampleStream, options: StreamOptions): StreamClient {
  const reconnect = { minDelayMs: 5, maxDelayMs: 20 }
  const { publicKey: leaderKey } = stream.signer
  const client = connectStream(stream.server.url, { from: 0, leaderKey, reconnect, ...options })
  closers.push(() => client.close())
  return client
}

function collect(client: StreamClient) {
  const seqs: number[] = []
  const names: string[][] = []
  const errors: unknown[] = []
  client.messages$.subscribe({
    next: ({ message, filters }) => {
      seqs.push(message.seq)
      names.push([...(filters ?? [])])
    },
    error: (error) => errors.push(error),
  })
  return { seqs, names, errors }
}

const address = (number: number) => {
  const bytes = new Uint8Array(20)
  new DataView(bytes.buffer).setUint32(16, number)
  return bytes
}

/** A shred of this sender that changes nothing and logs nothing. */
const from = (sender: Uint8Array): Partial<MessageDraft> => ({
  sender,
  receipt: { ...SAMPLE_SHRED.receipt, logs: [] },
  diff: { changes: [], deltas: [], reads: [] },
})

const senders = (...numbers: number[]): FilterSpec => ({ senders: numbers.map(address) })

describe('filters', () => {
  it('let through what passes, tell which, and leave the rest of a frame provably out', async () => {
    const stream = await start()
    for (let i = 0; i < 100; i++) stream.append(from(address(i)))
    stream.flush()
    const filters = { named: { low: senders(3, 4), both: senders(4, 70) } }
    const client = connect(stream, { filters })
    const { seqs, names } = collect(client)
    await until(() => seqs.length === 3)
    expect(seqs).toEqual([3, 4, 70])
    expect(names).toEqual([['low'], ['low', 'both'], ['both']])
    expect(client.stats().bytes).toBeLessThan(stream.server.stats().messages * 30)
    expect(stream.server.stats()).toMatchObject({ partsSent: 1, filteringSubscribers: 1 })
  })

  it('send the messages about blocks that are wanted, and that the chain goes back', async () => {
    const stream = await start()
    stream.append(SAMPLE_OPENED as Partial<MessageDraft>)
    stream.append(from(address(1)))
    stream.append(from(address(2)))
    stream.append(SAMPLE_SEALED as Partial<MessageDraft>)
    stream.append(SAMPLE_REVERTED as Partial<MessageDraft>)
    stream.flush()
    const named = { one: senders(1) }
    const seen = (['all', 'sealed', 'none'] as const).map((blocks) => {
      return collect(connect(stream, { filters: { named, blocks } }))
    })
    const heads = collect(connect(stream, { filters: { named: {}, blocks: 'sealed' } }))
    await until(() => [...seen, heads].every(({ seqs }) => seqs.at(-1) === 4))
    expect(seen.map(({ seqs }) => seqs)).toEqual([
      [0, 1, 3, 4],
      [1, 3, 4],
      [1, 4],
    ])
    expect(heads.seqs).toEqual([3, 4])
  })

  it('resume where they were, also where nothing passed', async () => {
    const stream = await start({ pingIntervalMs: 20 })
    const client = connect(stream, { filters: { named: { one: senders(1) } }, pingIntervalMs: 20 })
    const { seqs } = collect(client)
    await client.hello
    stream.append(from(address(1)))
    for (let i = 0; i < 50; i++) stream.append(from(address(9)))
    stream.flush()
    await until(() => client.staleness().seq === 50)
    expect(client.staleness().behind).toBe(0)
    const before = stream.server.stats().connections
    client.rewind({ nextSeq: 51, latestHash: stream.chain.tip.latestHash })
    stream.append(from(address(1)))
    stream.flush()
    await until(() => seqs.length === 2)
    expect(seqs).toEqual([0, 51])
    expect(stream.server.stats().connections).toBe(before + 1)
  })

  it('change while they are used, from a message on that the server names', async () => {
    const stream = await start()
    const client = connect(stream, { filters: { named: { one: senders(1) } } })
    const { seqs } = collect(client)
    await client.hello
    stream.append(from(address(1)))
    stream.append(from(address(2)))
    stream.flush()
    await until(() => seqs.length === 1)
    expect(await client.addFilter('two', senders(2))).toBe(2)
    stream.append(from(address(2)))
    stream.flush()
    await until(() => seqs.length === 2)
    client.dropFilter('one')
    expect(await client.addFilter('two', senders(3))).toBe(3)
    stream.append(from(address(1)))
    stream.append(from(address(3)))
    stream.flush()
    await until(() => seqs.length === 3)
    expect(seqs).toEqual([0, 2, 4])
  })

  it('hold a million addresses, in portions, until the connection ends', async () => {
    const stream = await start()
    const many = Array.from({ length: 1_000_000 }, (_, number) => address(number))
    const client = connect(stream, { filters: { named: { many: { addresses: many } } } })
    const { seqs } = collect(client)
    await client.hello
    stream.append(from(address(1_000_001)))
    stream.append(from(address(999_999)))
    stream.flush()
    await until(() => seqs.length === 1)
    expect(seqs).toEqual([1])
    expect(stream.server.stats().filterBytes).toBeGreaterThan(20_000_000)
    client.close()
    await until(() => stream.server.stats().subscribers === 0)
    expect(stream.server.stats().filterBytes).toBe(0)
  })

  it.each([
    ['more items than one may have', 'filterTooLarge', {}, 1_048_577],
    ['more than there is memory for', 'filtersFull', { maxFilterBytes: 10_000 }, 1000],
  ])('are refused with %s', async (_, code, options, count) => {
    const stream = await start(options)
    const addresses = Array.from({ length: count }, (_, number) => address(number))
    const client = connect(stream, {
      filters: { named: { many: { addresses } } },
      reconnect: { minDelayMs: 5, maxAttempts: 0 },
    })
    const { errors } = collect(client)
    await until(() => errors.length === 1)
    expect(errors[0]).toMatchObject({ code })
    expect(stream.server.stats().filterBytes).toBeLessThan(30_000_000)
  })

  it('merge only the state that they name', async () => {
    const stream = await start()
    const changes = [1, 2, 3].map((number) => {
      return { address: address(number), balance: BigInt(number), slots: [] }
    })
    const diff = { changes, deltas: [], reads: [] }
    for (let i = 0; i < 50; i++) stream.append({ ...from(address(9)), diff })
    stream.flush()
    const filters = { named: { two: { addresses: [address(2)] } } }
    const client = connect(stream, { filters, policy: 'conflate', queueMessages: 10 })
    const events: unknown[] = []
    client.events$.subscribe((event) => events.push(event))
    await until(() => events.length === 1)
    expect(events).toEqual([
      {
        ...{ type: 'conflated', fromSeq: 0, nextSeq: 50, messageCount: 50 },
        accounts: [{ ...changes[1], seq: 49 }],
      },
    ])
  })
})
