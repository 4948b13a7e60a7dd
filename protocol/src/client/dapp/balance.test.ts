import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { Subject } from 'rxjs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConflatedAccount } from '../../wire/control-messages.ts'
import { SAMPLE_REVERTED, SAMPLE_SEALED, SAMPLE_SHRED } from '../../wire/message-samples.ts'
import type { StreamMessage } from '../../wire/messages.ts'
import type { AccountBalance } from './balance.ts'
import { balanceOf } from './balance.ts'
import { RpcRequestError, UnknownBalanceError } from './dapp-errors.ts'
import type { RpcReader } from './rpc-reader.ts'
import type { StreamItem } from './shared-stream.ts'

const ALICE = new Uint8Array(20).fill(0xa1)
const ADDRESS = bytesToHex(ALICE)
const NO_DIFF = { changes: [], deltas: [], reads: [] }

/** A question to JSON-RPC that the test answers. */
interface Question {
  readonly blockHash: Hex
  readonly signal: AbortSignal
  answer(balance: bigint): void
  fail(): void
}

let items$: Subject<StreamItem>
let questions: Question[]
let seen: Pick<AccountBalance, 'seq' | 'balance'>[]
let failure: unknown

const rpc = {
  balanceBehind: (blockHash: Hex, _: Hex, signal: AbortSignal) =>
    new Promise<bigint>((resolve, reject) => {
      const fail = () => reject(new RpcRequestError('eth_getBalance', 'header not found'))
      questions.push({ blockHash, signal, answer: resolve, fail })
    }),
} as Partial<RpcReader> as RpcReader

function message(changed: StreamMessage): void {
  items$.next({ type: 'message', message: changed })
}

const seal = (seq: number) => message({ ...SAMPLE_SEALED, seq, hash: new Uint8Array(32).fill(seq) })

function pay(seq: number, balance: bigint): void {
  const changes = [{ address: ALICE, balance, slots: [] }]
  message({ ...SAMPLE_SHRED, seq, diff: { ...NO_DIFF, changes } })
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

beforeEach(() => {
  items$ = new Subject()
  questions = []
  seen = []
  failure = undefined
  balanceOf(items$, ADDRESS, rpc).subscribe({
    next: ({ seq, balance }) => seen.push({ seq, balance }),
    error: (error: unknown) => {
      failure = error
    },
  })
})

describe('balance', () => {
  it('goes back with the chain, and asks for none of a block that is no more', () => {
    seal(1)
    expect(questions).toHaveLength(1)
    message({ ...SAMPLE_REVERTED, seq: 2, changes: [] })
    expect(questions[0]!.signal.aborted).toBe(true)
    pay(3, 6n)
    message({ ...SAMPLE_REVERTED, seq: 4, changes: [{ address: ALICE, balance: 5n, slots: [] }] })
    expect(seen).toEqual([
      { seq: 3, balance: 6n },
      { seq: 4, balance: 5n },
    ])
  })

  it('is asked for behind a seal, once, and then follows the stream', async () => {
    pay(1, 5n)
    seal(2)
    expect(questions).toEqual([])
    pay(3, 6n)
    expect(seen).toEqual([
      { seq: 1, balance: 5n },
      { seq: 3, balance: 6n },
    ])
  })

  it('begins with the answer when nothing changed since that seal', async () => {
    message({ ...SAMPLE_SHRED, seq: 1 })
    seal(2)
    seal(3)
    expect(questions).toHaveLength(1)
    expect(questions[0]?.blockHash).toBe(bytesToHex(new Uint8Array(32).fill(2)))
    questions[0]?.answer(7n)
    await settled()
    expect(seen).toEqual([{ seq: 2, balance: 7n }])
    seal(4)
    expect(questions).toHaveLength(1)
  })

  it('drops an answer that a change has overtaken', async () => {
    seal(1)
    pay(2, 9n)
    expect(questions[0]?.signal.aborted).toBe(true)
    questions[0]?.answer(7n)
    await settled()
    expect(seen).toEqual([{ seq: 2, balance: 9n }])
  })

  it('begins anew behind a gap', async () => {
    pay(1, 5n)
    items$.next({ type: 'gap', gap: { fromSeq: 2, nextSeq: 4, reason: 'gone' } })
    seal(4)
    questions[0]?.answer(8n)
    await settled()
    seal(5)
    items$.next({ type: 'gap', gap: { fromSeq: 6, nextSeq: 8, reason: 'gone' } })
    seal(8)
    items$.next({ type: 'gap', gap: { fromSeq: 9, nextSeq: 10, reason: 'gone' } })
    questions[1]?.answer(1n)
    await settled()
    expect(seen).toEqual([
      { seq: 1, balance: 5n },
      { seq: 4, balance: 8n },
    ])
  })

  it('is known over what was merged, which may tell it', async () => {
    const conflated = (nextSeq: number, accounts: readonly ConflatedAccount[]) => {
      const merged = { fromSeq: nextSeq - 5, nextSeq, messageCount: 5, accounts }
      items$.next({ type: 'conflated', conflated: { type: 'conflated', ...merged } })
    }
    seal(1)
    conflated(7, [{ address: new Uint8Array(20), seq: 3, balance: 1n, slots: [] }])
    expect(questions[0]?.signal.aborted).toBe(false)
    questions[0]?.answer(4n)
    await settled()
    conflated(12, [{ address: ALICE, seq: 9, balance: 8n, slots: [] }])
    conflated(17, [{ address: ALICE, seq: 14, nonce: 2n, slots: [] }])
    expect(seen).toEqual([
      { seq: 1, balance: 4n },
      { seq: 9, balance: 8n },
    ])
  })

  it('is zero when the account is deleted', () => {
    const changes = [{ address: ALICE, code: null, slots: [] }]
    message({ ...SAMPLE_SHRED, seq: 1, diff: { ...NO_DIFF, changes } })
    message({
      ...SAMPLE_SHRED,
      seq: 2,
      diff: { ...NO_DIFF, changes: [{ ...changes[0]!, balance: 3n }] },
    })
    message({
      ...SAMPLE_SHRED,
      seq: 3,
      diff: { ...NO_DIFF, changes: [{ address: ALICE, slots: [] }] },
    })
    expect(seen).toEqual([
      { seq: 1, balance: 0n },
      { seq: 2, balance: 3n },
    ])
  })

  it('is asked for again while the node does not have the block, and at last fails', async () => {
    vi.useFakeTimers()
    try {
      seal(1)
      for (let attempt = 0; attempt < 8; attempt++) {
        expect(questions).toHaveLength(attempt + 1)
        questions[attempt]?.fail()
        await vi.advanceTimersByTimeAsync(10_000)
      }
      expect(failure).toBeInstanceOf(UnknownBalanceError)
      expect(failure).toMatchObject({ cause: { name: 'Dapp.RpcRequestError' } })
    } finally {
      vi.useRealTimers()
    }
  })
})
