/** What a subscriber that is too slow gets by each policy, while another one gets everything. */

import { setTimeout as sleep } from 'node:timers/promises'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { StreamClient, StreamOptions } from '@shredcast/protocol/client/stream-client'
import { MessagesDroppedError } from '@shredcast/protocol/client/stream-errors'
import type { StreamEvent } from '@shredcast/protocol/client/stream-reader'
import type { StreamServerOptions } from '@shredcast/protocol/server/stream-server'
import { SAMPLE_REVERTED, SAMPLE_SHRED } from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { afterEach, describe, expect, it } from 'vitest'
import type { SampleStream } from '../kit/sample-stream.ts'
import { startSampleStream, until } from '../kit/sample-stream.ts'

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(options: Partial<StreamServerOptions> = {}): Promise<SampleStream> {
  const stream = await startSampleStream({ maxBufferedBytes: 100_000, ...options })
  closers.push(() => stream.close())
  return stream
}

function connect({ server }: SampleStream, options: StreamOptions): StreamClient {
  const reconnect = { minDelayMs: 5, maxDelayMs: 20 }
  const client = connectStream(server.url, { from: 0, reconnect, ...options })
  closers.push(() => client.close())
  return client
}

/** Messages of a client in order; of gaps and merged states the first message and the one behind. */
function collect(client: StreamClient) {
  const seqs: number[] = []
  const events: StreamEvent[] = []
  const errors: unknown[] = []
  client.events$.subscribe({
    next: (event) => {
      if (event.type === 'message') seqs.push(event.message.seq)
      else events.push(event)
    },
    error: (error) => errors.push(error),
  })
  return { seqs, events, errors }
}

/** So long that those below fill the buffers of two sockets. */
const LARGE_RECEIPT = {
  ...SAMPLE_SHRED.receipt,
  logs: [{ address: new Uint8Array(20), topics: [], data: new Uint8Array(300_000) }],
}
const LARGE_COUNT = 50

async function publishLarge(stream: SampleStream): Promise<void> {
  for (let i = 0; i < LARGE_COUNT; i++) {
    stream.append({ receipt: LARGE_RECEIPT } as Partial<MessageDraft>)
    stream.flush()
    if (i % 4 === 3) await sleep(1)
  }
}

/** One that reads nothing for a while, and one that reads everything. */
async function startTwo(slowOptions: StreamOptions, serverOptions?: Partial<StreamServerOptions>) {
  const stream = await start(serverOptions)
  const slow = connect(stream, { maxWaitingBytes: 1, queueMessages: 10, ...slowOptions })
  const quick = connect(stream, {})
  const [slowSeen, quickSeen] = [collect(slow), collect(quick)]
  stream.append()
  stream.flush()
  await until(() => slowSeen.seqs.length === 1 && quickSeen.seqs.length === 1)
  return { stream, slow, slowSeen, quickSeen }
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('a slow subscriber', () => {
  it('that wants everything gets it, from the frames that are kept', async () => {
    const { stream, slow, slowSeen, quickSeen } = await startTwo({})
    slow.pause()
    await publishLarge(stream)
    await until(() => quickSeen.seqs.length === LARGE_COUNT + 1)
    expect(slowSeen.seqs.length).toBeLessThan(LARGE_COUNT)
    slow.resume()
    await until(() => slowSeen.seqs.length === LARGE_COUNT + 1)
    expect(slowSeen.seqs).toEqual(range(LARGE_COUNT + 1))
  })

  it('is told of each gap where it would rather have new messages', async () => {
    const { stream, slow, slowSeen, quickSeen } = await startTwo({
      policy: 'gap',
      onGap: 'continue',
    })
    slow.pause()
    await publishLarge(stream)
    await until(() => quickSeen.seqs.length === LARGE_COUNT + 1)
    slow.resume()
    await until(() => slowSeen.seqs.at(-1) === LARGE_COUNT)
    const gaps = slowSeen.events.flatMap((event) => (event.type === 'gap' ? [event] : []))
    expect(gaps.length).toBeGreaterThan(0)
    const dropped = gaps.flatMap(({ fromSeq, nextSeq }) => {
      return range(nextSeq - fromSeq).map((i) => fromSeq + i)
    })
    expect([...slowSeen.seqs, ...dropped].sort((a, b) => a - b)).toEqual(range(LARGE_COUNT + 1))
    expect(slow.stats()).toMatchObject({ gaps: gaps.length, messagesDropped: dropped.length })
    expect(stream.server.stats()).toMatchObject({ messagesDropped: dropped.length })
    expect(quickSeen.seqs).toEqual(range(LARGE_COUNT + 1))
  })

  it('fails at a gap unless it says otherwise, or asks for the messages again', async () => {
    const failing = await startTwo({ policy: 'gap' })
    failing.slow.pause()
    await publishLarge(failing.stream)
    failing.slow.resume()
    await until(() => failing.slowSeen.errors.length === 1)
    expect(failing.slowSeen.errors[0]).toBeInstanceOf(MessagesDroppedError)

    const backfilling = await startTwo({ policy: 'gap', onGap: 'backfill' })
    backfilling.slow.pause()
    await publishLarge(backfilling.stream)
    backfilling.slow.resume()
    await until(() => backfilling.slowSeen.seqs.length === LARGE_COUNT + 1)
    expect(backfilling.slowSeen.seqs).toEqual(range(LARGE_COUNT + 1))
    expect(backfilling.slow.stats().gaps).toBeGreaterThan(0)
  })

  it('gets the newest values of what changed where it wants these', async () => {
    const { stream, slow, slowSeen } = await startTwo({ policy: 'conflate' })
    slow.pause()
    await publishLarge(stream)
    const address = new Uint8Array(20).fill(7)
    const changes = [{ address, balance: 77n, slots: [] }]
    stream.append({ diff: { changes, deltas: [], reads: [] } } as Partial<MessageDraft>)
    stream.flush()
    slow.resume()
    await until(() => slowSeen.events.length > 0 && slow.staleness().seq === LARGE_COUNT + 1)
    const merged = slowSeen.events.flatMap((event) => (event.type === 'conflated' ? [event] : []))
    const covered = merged.reduce((sum, { fromSeq, nextSeq }) => sum + nextSeq - fromSeq, 0)
    expect(covered + slowSeen.seqs.length).toBe(LARGE_COUNT + 2)
    expect(merged.reduce((sum, { messageCount }) => sum + messageCount, 0)).toBe(covered)
    const newest = merged.at(-1)!
    expect(newest.accounts.at(-1)).toEqual({
      address,
      balance: 77n,
      seq: LARGE_COUNT + 1,
      slots: [],
    })
    expect(stream.server.stats().conflations).toBe(merged.length)
  })

  it('is sent as it is that the chain goes back, between what is merged', async () => {
    const { stream, slow, slowSeen } = await startTwo({ policy: 'conflate' })
    slow.pause()
    await publishLarge(stream)
    const { seq: _seq, prevHash: _, ...reverted } = SAMPLE_REVERTED
    stream.append(reverted)
    stream.flush()
    await publishLarge(stream)
    const revertedSeq = LARGE_COUNT + 1
    const lastSeq = revertedSeq + LARGE_COUNT
    slow.resume()
    await until(() => slow.staleness().seq === lastSeq)
    expect(slowSeen.seqs).toContain(revertedSeq)
    const merged = slowSeen.events.flatMap((event) => (event.type === 'conflated' ? [event] : []))
    expect(merged.length).toBeGreaterThan(0)
    for (const { fromSeq, nextSeq } of merged) {
      expect(nextSeq <= revertedSeq || fromSeq > revertedSeq).toBe(true)
    }
    const covered = merged.reduce((sum, { fromSeq, nextSeq }) => sum + nextSeq - fromSeq, 0)
    expect(covered + slowSeen.seqs.length).toBe(lastSeq + 1)
  })

  it('has a gap as well where merging would be more than one message may say', async () => {
    const { stream, slow, slowSeen } = await startTwo({ policy: 'conflate' })
    slow.pause()
    await publishLarge(stream)
    const code = new Uint8Array(1_000_000)
    for (let i = 0; i < 12; i++) {
      const changes = [{ address: new Uint8Array(20).fill(i), code, slots: [] }]
      stream.append({ diff: { changes, deltas: [], reads: [] } } as Partial<MessageDraft>)
      stream.flush()
    }
    slow.resume()
    await until(() => slowSeen.errors.length === 1)
    expect(slowSeen.errors[0]).toBeInstanceOf(MessagesDroppedError)
  })

  it('costs no memory but its buffer, and is told apart in the figures', async () => {
    const { stream, slow, quickSeen } = await startTwo({}, { logFrames: 5000 })
    slow.pause()
    await publishLarge(stream)
    await until(() => quickSeen.seqs.length === LARGE_COUNT + 1)
    const [slowest] = stream.server.subscribers().sort((a, b) => b.behind - a.behind)
    expect(slowest!.behind).toBeGreaterThan(5)
    expect(slowest!.bufferedBytes).toBeLessThan(100_000 + 350_000)
    expect(slow.staleness().behind).toBeGreaterThanOrEqual(0)
  })
})
