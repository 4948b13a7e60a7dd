import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { BehaviorSubject, Subject } from 'rxjs'
import { beforeEach, describe, expect, it } from 'vitest'
import { SAMPLE_SHRED } from '../../wire/message-samples.ts'
import type { Shred } from '../../wire/messages.ts'
import { StreamClosedError } from '../stream-errors.ts'
import { ReceiptTimeoutError, RpcRequestError, TooManyWaitsError } from './dapp-errors.ts'
import { Receipts } from './receipts.ts'
import { RecentShreds } from './recent-shreds.ts'
import type { RpcReader } from './rpc-reader.ts'
import type { SharedStream, StreamItem } from './shared-stream.ts'
import type { DappReceipt } from './shred-view.ts'
import { shredHash, shredView } from './shred-view.ts'
import type { StreamStatus } from './stream-status.ts'

const LONG_MS = 60_000
const SHREDS: Shred[] = TRANSACTION_SAMPLES.slice(0, 3).map(({ signed }, i) => {
  return { ...SAMPLE_SHRED, seq: i, shredIndex: i, transaction: hexToBytes(signed) }
})
const [FIRST, SECOND] = SHREDS as [Shred, Shred]
const NONE: Hex = `0x${'12'.repeat(32)}`

interface Question {
  readonly hash: Hex
  readonly signal: AbortSignal
  answer(receipt: DappReceipt | undefined): void
  fail(): void
}

let items$: Subject<StreamItem>
let status$: BehaviorSubject<StreamStatus>
let stream: SharedStream
let questions: Question[]

const rpc = {
  receipt: (hash: Hex, signal: AbortSignal) =>
    new Promise<DappReceipt | undefined>((resolve, reject) => {
      const fail = () => reject(new RpcRequestError('eth_getTransactionReceipt', 'no answer'))
      questions.push({ hash, signal, answer: resolve, fail })
    }),
} as Partial<RpcReader> as RpcReader

beforeEach(() => {
  items$ = new Subject()
  status$ = new BehaviorSubject<StreamStatus>({ state: 'idle' })
  stream = { items$, status$, recent: new RecentShreds() } as Partial<SharedStream> as SharedStream
  questions = []
})

const take = (message: Shred) => items$.next({ type: 'message', message })
const connected = () => status$.next({ state: 'connected', seq: undefined })

describe('receipts', () => {
  it('come with the shred, to all who wait, and leave nothing behind', async () => {
    const receipts = new Receipts(stream, undefined)
    const waits = [FIRST, FIRST, SECOND].map((shred) => receipts.wait(shredHash(shred), LONG_MS))
    expect(items$.observed).toBe(true)
    for (const shred of SHREDS) take(shred)
    const found = await Promise.all(waits)
    expect(found).toEqual([FIRST, FIRST, SECOND].map((shred) => shredView(shred).receipt))
    expect(items$.observed).toBe(false)
    expect(status$.observed).toBe(false)
  })

  it('come from memory when the shred was there before', async () => {
    stream.recent.add({ message: FIRST, bytes: new Uint8Array(100) })
    const receipts = new Receipts(stream, undefined)
    expect(await receipts.wait(shredHash(FIRST), LONG_MS)).toEqual(shredView(FIRST).receipt)
  })

  it('are asked for once the stream is there, and again behind a gap', async () => {
    const receipts = new Receipts(stream, rpc)
    const first = receipts.wait(shredHash(FIRST), LONG_MS)
    expect(questions).toHaveLength(0)
    connected()
    connected()
    expect(questions.map(({ hash }) => hash)).toEqual([shredHash(FIRST)])
    const second = receipts.wait(shredHash(SECOND), LONG_MS)
    expect(questions).toHaveLength(2)
    questions[0]?.answer(undefined)
    questions[1]?.answer(shredView(SECOND).receipt)
    expect(await second).toEqual(shredView(SECOND).receipt)
    items$.next({ type: 'gap', gap: { fromSeq: 1, nextSeq: 5, reason: 'gone' } })
    expect(questions.slice(2).map(({ hash }) => hash)).toEqual([shredHash(FIRST)])
    take(FIRST)
    expect(await first).toEqual(shredView(FIRST).receipt)
    expect(questions[2]?.signal.aborted).toBe(true)
  })

  it('that do not come in time say so, and why JSON-RPC did not help', async () => {
    const receipts = new Receipts(stream, rpc)
    connected()
    const late = receipts.wait(NONE, 20)
    questions[0]?.fail()
    const error = await late.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ReceiptTimeoutError)
    expect(error).toMatchObject({ transactionHash: NONE, cause: { name: 'Dapp.RpcRequestError' } })
    expect(items$.observed).toBe(false)
  })

  it('are not waited for without end, nor when the stream has none', async () => {
    const receipts = new Receipts(stream, undefined)
    const many = Array.from({ length: 10_000 }, () => receipts.wait(NONE, LONG_MS).catch(String))
    await expect(receipts.wait(NONE, LONG_MS)).rejects.toThrow(TooManyWaitsError)
    items$.complete()
    expect(await many[0]).toContain('closed')
    await Promise.all(many)
    await expect(new Receipts(stream, undefined).wait(NONE, LONG_MS)).rejects.toThrow(
      StreamClosedError,
    )
  })

  it('reject when the shred holds no transaction', async () => {
    const broken: Shred = { ...FIRST, transaction: Uint8Array.of(1, 2, 3) }
    const waits = new Receipts(stream, undefined).wait(shredHash(broken), LONG_MS)
    take(broken)
    await expect(waits).rejects.toMatchObject({ name: 'Client.InvalidStreamError' })
  })
})

describe('recent shreds', () => {
  it('are bounded in number and in bytes', () => {
    const recent = new RecentShreds()
    const size = (byteLength: number) => new Uint8Array(byteLength)
    recent.add({ message: FIRST, bytes: size(10) })
    for (let i = 0; i < 1023; i++) recent.add({ message: SECOND, bytes: size(10) })
    expect(recent.find(shredHash(FIRST))).toBe(FIRST)
    recent.add({ message: SECOND, bytes: size(10) })
    expect(recent.find(shredHash(FIRST))).toBeUndefined()
    recent.add({ message: FIRST, bytes: size(4 * 1024 * 1024) })
    expect(recent.find(shredHash(SECOND))).toBeUndefined()
    expect(bytesToHex(recent.find(shredHash(FIRST))!.transaction)).toBe(
      bytesToHex(FIRST.transaction),
    )
  })
})
