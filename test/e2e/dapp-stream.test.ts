/** The dApp's client and a stream server over real sockets: one connection, gaps, status, trust. */

import { connect } from '@shredcast/protocol/client'
import type { DappClient, DappOptions } from '@shredcast/protocol/client/dapp/dapp-client'
import { GapError, InvalidArgumentError } from '@shredcast/protocol/client/dapp/dapp-errors'
import {
  InvalidStreamUrlError,
  StreamClosedError,
  WrongStreamError,
} from '@shredcast/protocol/client/stream-errors'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import { SAMPLE_OPENED, SAMPLE_SEALED, sampleDraft } from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Observable } from 'rxjs'
import { firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cuttableLine } from '../kit/cuttable-line.ts'
import type { SampleStream, SampleStreamOptions } from '../kit/sample-stream.ts'
import { startSampleStream } from '../kit/sample-stream.ts'

const WAIT = { timeout: 20_000 }
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

const signed = TRANSACTION_SAMPLES.map((sample) => hexToBytes(sample.signed))

/** A shred with the sample transaction at `index`, and different from all others. */
function shred(index: number): MessageDraft {
  return { ...sampleDraft(index), transaction: signed[index % signed.length]! } as MessageDraft
}

function shreds(count: number, first = 0): MessageDraft[] {
  return Array.from({ length: count }, (_, i) => shred(first + i))
}

function open(url: string, options: DappOptions = {}): DappClient {
  const reconnect = { minDelayMs: 5, maxDelayMs: 20 }
  const client = connect(url, { from: 0, reconnect, graceMs: 50, ...options })
  closers.push(() => client.close())
  return client
}

function collect<T>(source$: Observable<T>): T[] {
  const seen: T[] = []
  source$.subscribe({ next: (value) => seen.push(value), error: () => {} })
  return seen
}

const failureOf = (source$: Observable<unknown>) =>
  lastValueFrom(source$, { defaultValue: 'completed' }).catch((error: unknown) => error)

describe('dApp client, its connection', () => {
  it('shares one connection, and closes it a while after the last subscriber', async () => {
    const { server, publish } = await startLeader()
    const client = open(server.url)
    expect(server.stats().connections).toBe(0)
    const first = client.shreds$.subscribe()
    const second = client.heads$.subscribe()
    const seen = collect(client.shreds$.pipe(take(3)))
    publish(SAMPLE_OPENED, ...shreds(3))
    await vi.waitFor(() => expect(seen).toHaveLength(3), WAIT)
    expect(server.stats()).toMatchObject({ connections: 1, subscribers: 1 })
    first.unsubscribe()
    second.unsubscribe()
    await vi.waitFor(() => expect(server.stats().subscribers).toBe(0), WAIT)
    expect(await firstValueFrom(client.status$)).toEqual({ state: 'idle' })
    const again = await firstValueFrom(client.shreds$.pipe(take(3), toArray()))
    expect(again.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(client.stats()).toMatchObject({ lines: 2, losses: 0, messages: 8 })
  })

  it('shows messages as dApps read them', async () => {
    const { server, publish } = await startLeader()
    const client = open(server.url)
    const heads = collect(client.heads$)
    const [seen, changes] = [
      collect(client.shreds$),
      collect(client.stateChanges$([`0x${'02'.repeat(20)}`])),
    ]
    publish(SAMPLE_OPENED, shred(0), SAMPLE_SEALED)
    await vi.waitFor(() => expect(heads).toHaveLength(2), WAIT)
    expect(heads).toMatchObject([
      { type: 'opened', number: 19_606_599n, baseFeePerGas: 7n, gasLimit: 30_000_000n },
      { type: 'sealed', hash: `0x${'0a'.repeat(32)}`, shredCount: 1, gasUsed: 21_000n },
    ])
    expect(seen).toMatchObject([
      {
        seq: 1,
        transactionHash: bytesToHex(keccak256(signed[0]!)),
        from: `0x${'01'.repeat(20)}`,
        receipt: { status: 'success', gasUsed: 21_000n, logs: [{ data: '0x070707', logIndex: 0 }] },
      },
    ])
    const slots = [
      { key: `0x${'00'.repeat(32)}`, value: `0x${'09'.repeat(32)}` },
      { key: `0x${'01'.repeat(32)}`, value: `0x${'00'.repeat(32)}` },
    ]
    const account = { balance: 10n ** 18n, code: '0x', storageCleared: true, slots }
    expect(changes).toMatchObject([
      { seq: 0, ...account },
      { seq: 1, shredIndex: 0, ...account },
    ])
  })

  it('goes on after cuts without a gap or a repetition, for all subscribers', async () => {
    const { server, publish } = await startLeader()
    const proxy = await cuttableLine(server.port)
    closers.push(() => proxy.close())
    const client = open(proxy.url)
    const [first, second] = [collect(client.shreds$), collect(client.shreds$)]
    const states = collect(client.status$)
    for (let round = 0; round < 4; round++) {
      publish(...shreds(25, round * 25))
      await vi.waitFor(() => expect(first.length).toBeGreaterThan(round * 25), WAIT)
      proxy.cut()
    }
    await vi.waitFor(() => expect(first).toHaveLength(100), WAIT)
    for (const seen of [first, second]) {
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    }
    expect(client.stats()).toMatchObject({ gaps: 0, lines: 1 })
    expect(client.stats().losses).toBeGreaterThanOrEqual(3)
    expect(states.map(({ state }) => state)).toContain('reconnecting')
  })

  it('starts where another left off', async () => {
    const { server, publish } = await startLeader()
    publish(...shreds(6))
    const before = open(server.url)
    const positions$ = before.shreds$.pipe(map(() => before.position))
    const positions = await firstValueFrom(positions$.pipe(take(3), toArray()))
    before.close()
    const position = positions[2]!
    expect(position.nextSeq).toBe(3)
    const after = open(server.url, { from: position })
    const rest = await firstValueFrom(after.shreds$.pipe(take(3), toArray()))
    expect(rest.map(({ seq }) => seq)).toEqual([3, 4, 5])
  })

  it('completes all when closed, and then opens nothing', async () => {
    const { server } = await startLeader()
    const client = open(server.url)
    const end = failureOf(client.shreds$)
    const waits = client.receipt(`0x${'12'.repeat(32)}`)
    client.close()
    expect(await end).toBe('completed')
    await expect(waits).rejects.toThrow(StreamClosedError)
    expect(await failureOf(client.heads$)).toBe('completed')
    await vi.waitFor(() => expect(server.stats().subscribers).toBe(0), WAIT)
  })

  it('says how old is what came when its line is silent, and comes back', async () => {
    const { server, publish } = await startLeader()
    const proxy = await cuttableLine(server.port)
    closers.push(() => proxy.close())
    const times = { staleAfterMs: 500, pingIntervalMs: 50, readDeadlineMs: 3000 }
    const client = open(proxy.url, times)
    const states = collect(client.status$)
    const seen = collect(client.shreds$)
    publish(shred(0))
    await vi.waitFor(() => expect(seen).toHaveLength(1), WAIT)
    proxy.freeze()
    publish(shred(1))
    await vi.waitFor(() => expect(states.at(-1)).toMatchObject({ state: 'stale', seq: 0 }), WAIT)
    const stale = states.at(-1) as { ageMs: number }
    expect(stale.ageMs).toBeGreaterThanOrEqual(500)
    await vi.waitFor(() => expect(seen).toHaveLength(2), WAIT)
    expect(states).toContainEqual({ state: 'connected', seq: 0 })
  })
})

describe('dApp client, messages that are gone', () => {
  /** A leader that goes away, and one in its place whose oldest message is number 6. */
  async function losing(
    options: DappOptions,
  ): Promise<{ client: DappClient; lose: () => Promise<void> }> {
    const chain = new MessageChain()
    const first = await startLeader({ chain })
    const client = open(first.server.url, options)
    first.publish(...shreds(3))
    const lose = async () => {
      await first.server.close()
      for (let i = 3; i < 6; i++) chain.append(shred(i))
      const { port } = first.server
      const second = await startLeader({ port, chain })
      second.publish(...shreds(2, 6))
    }
    return { client, lose }
  }

  it('tells the gap, and goes on behind it', async () => {
    const { client, lose } = await losing({})
    const [seen, gaps] = [collect(client.shreds$), collect(client.gaps$)]
    await vi.waitFor(() => expect(seen).toHaveLength(3), WAIT)
    await lose()
    await vi.waitFor(() => expect(seen).toHaveLength(5), WAIT)
    expect(seen.map(({ seq }) => seq)).toEqual([0, 1, 2, 6, 7])
    expect(gaps).toEqual([{ fromSeq: 3, nextSeq: 6 }])
    expect(client.stats()).toMatchObject({ gaps: 1, lines: 1 })
  })

  it('fails when it was told to', async () => {
    const { client, lose } = await losing({ onGap: 'fail' })
    const seen = collect(client.shreds$)
    const end = failureOf(client.heads$)
    const states = collect(client.status$)
    await vi.waitFor(() => expect(seen).toHaveLength(3), WAIT)
    await lose()
    const error = await end
    expect(error).toBeInstanceOf(GapError)
    expect(error).toMatchObject({ fromSeq: 3, nextSeq: 6 })
    expect(states.at(-1)).toEqual({ state: 'closed', error })
  })

  it('tells a gap at once when it starts too late', async () => {
    const { server, publish } = await startLeader({ logFrames: 2 })
    publish(...shreds(5))
    const client = open(server.url, { from: 1 })
    const gaps = collect(client.gaps$)
    const seen = await firstValueFrom(client.shreds$.pipe(take(2), toArray()))
    expect(seen.map(({ seq }) => seq)).toEqual([3, 4])
    expect(gaps).toEqual([{ fromSeq: 1, nextSeq: 3 }])
  })
})

describe('dApp client, whom it trusts', () => {
  it('takes the pinned leader and no other', async () => {
    const { server, publish } = await startLeader()
    publish(shred(0))
    const leaderKey = bytesToHex(signer.publicKey)
    const pinned = open(server.url, { leaderKey })
    expect((await firstValueFrom(pinned.shreds$)).seq).toBe(0)
    expect(pinned.leaderKey).toBe(leaderKey)
    const other = open(server.url, { leaderKey: `0x${'07'.repeat(32)}` })
    expect(await failureOf(other.shreds$)).toBeInstanceOf(WrongStreamError)
  })

  it('keeps to the first leader it saw, over connections too', async () => {
    const first = await startLeader()
    const client = open(first.server.url, { graceMs: 0 })
    first.publish(shred(0))
    await firstValueFrom(client.shreds$)
    const { port } = first.server
    await first.server.close()
    await startLeader({ port, signer: createFrameSigner() })
    expect(await failureOf(client.shreds$)).toBeInstanceOf(WrongStreamError)
  })

  it('refuses arguments that are none, at the call', async () => {
    expect(() => connect('http://127.0.0.1')).toThrow(InvalidStreamUrlError)
    expect(() => connect('ws://127.0.0.1', { leaderKey: '0x12' })).toThrow(InvalidArgumentError)
    expect(() => connect('ws://127.0.0.1', { rpcUrl: 'ws://x' })).toThrow(InvalidArgumentError)
    expect(() => connect('ws://127.0.0.1', { filter: { senders: ['0x12'] } })).toThrow(
      InvalidArgumentError,
    )
    const client = connect('ws://127.0.0.1')
    expect(() => client.balance$('0x12')).toThrow(InvalidArgumentError)
    expect(() => client.logs$({ topics: ['0x12'] })).toThrow(InvalidArgumentError)
    expect(() => client.stateChanges$(['0x12'])).toThrow(InvalidArgumentError)
    await expect(client.receipt('0x12')).rejects.toThrow(InvalidArgumentError)
  })

  it('fails at a transaction that is none, though the leader signed it', async () => {
    const { server, publish } = await startLeader()
    publish(shred(0), sampleDraft(1))
    const client = open(server.url)
    const seen = collect(client.heads$)
    const error = await failureOf(client.shreds$)
    expect(error).toMatchObject({ name: 'Client.InvalidStreamError' })
    expect(error).toHaveProperty('cause.name', 'Chain.MalformedTransactionError')
    expect(seen).toEqual([])
  })

  it('sees only shreds that pass its filter', async () => {
    const { server, publish } = await startLeader()
    const sender = new Uint8Array(20).fill(9)
    publish(SAMPLE_OPENED, shred(0), { ...shred(1), sender } as MessageDraft, SAMPLE_SEALED)
    const client = open(server.url, { filter: { senders: [bytesToHex(sender)] } })
    const [seen, heads] = [collect(client.shreds$), collect(client.heads$)]
    await vi.waitFor(() => expect(heads).toHaveLength(2), WAIT)
    expect(seen.map(({ seq }) => seq)).toEqual([2])
    expect(client.stats()).toMatchObject({ messages: 3, gaps: 0 })
  })
})
