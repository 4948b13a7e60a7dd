import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOrder, POOL_ORDERS } from './pool-order.ts'
import { PooledTransaction } from './pooled-transaction.ts'
import { ReadySet } from './ready-set.ts'
import { sampleTransaction, senderAddress } from './sample-transactions.ts'

const HOT = senderAddress(0xabc)
const SLOT = bigIntToBytes(1n, 32)
const CALL = bigIntToBytes(5n, 36)

let count = 0

/** A call of the hot contract, or a transfer; each of another sender. */
function ready(tip: number, isHot: boolean): PooledTransaction {
  const from = ++count
  const bytes = sampleTransaction({
    from,
    maxPriorityFeePerGas: BigInt(tip),
    ...(isHot && { to: HOT, data: CALL, gasLimit: 60_000n }),
  })
  const transaction = decodeTransaction(bytes)
  return new PooledTransaction({
    ...{ hash: `0x${from}`, bytes, transaction, addedAtMs: 0 },
    sender: senderAddress(from),
  })
}

const HOT_DIFF: StateDiff = {
  changes: [{ address: HOT, slots: [{ key: SLOT, value: SLOT }] }],
  deltas: [],
  reads: [{ address: HOT, fields: 0, slots: [SLOT] }],
}

/** An order that has seen the hot contract's slot written by many. */
function trainedOrder(name: (typeof POOL_ORDERS)[number]) {
  const order = createOrder(name, 2)
  for (let i = 0; i < 80; i++) order.learn(ready(1, true), HOT_DIFF, 60_000n)
  return order
}

const step = fc.oneof(
  fc.record({ tip: fc.integer({ min: 0, max: 9 }), isHot: fc.boolean() }),
  fc.constant('take' as const),
  fc.constant('remove' as const),
)

/** The ready set beside a plain list of those that wait, oldest first, with who overtook them. */
class CountedSet {
  readonly set: ReadySet
  readonly waiting: { pooled: PooledTransaction; overtaken: number }[] = []

  constructor(set: ReadySet) {
    this.set = set
  }

  add(pooled: PooledTransaction): void {
    this.set.add(pooled)
    this.waiting.push({ pooled, overtaken: 0 })
  }

  take(): void {
    const taken = this.set.take()
    const place = this.waiting.findIndex(({ pooled }) => pooled === taken)
    if (taken === undefined) {
      expect(this.waiting).toEqual([])
      return
    }
    expect(place).toBeGreaterThanOrEqual(0)
    for (const earlier of this.waiting.slice(0, place)) earlier.overtaken++
    this.waiting.splice(place, 1)
  }

  remove(index: number): void {
    const [removed] = this.waiting.splice(index % Math.max(1, this.waiting.length), 1)
    if (removed !== undefined) this.set.remove(removed.pooled)
  }

  get mostOvertaken(): number {
    return Math.max(0, ...this.waiting.map(({ overtaken }) => overtaken))
  }
}

describe('ReadySet', () => {
  it.each(POOL_ORDERS)('%s: nobody is overtaken by more than the bound', (name) => {
    const bounds = fc.integer({ min: 0, max: 6 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), bounds, (steps, bound) => {
        const counted = new CountedSet(new ReadySet(trainedOrder(name), bound))
        for (const [index, each] of steps.entries()) {
          if (each === 'take') counted.take()
          else if (each === 'remove') counted.remove(index)
          else counted.add(ready(each.tip, each.isHot))
          expect(counted.set.size).toBe(counted.waiting.length)
          expect(counted.mostOvertaken).toBeLessThanOrEqual(bound)
        }
        while (counted.waiting.length > 0) {
          const before = counted.waiting.length
          counted.take()
          expect(counted.waiting.length).toBe(before - 1)
          expect(counted.mostOvertaken).toBeLessThanOrEqual(bound)
        }
        expect(counted.set.take()).toBeUndefined()
      }),
    )
  })

  it('fees: the highest tip goes first', () => {
    const set = new ReadySet(createOrder('fees', 2), 100)
    for (const tip of [3, 9, 5]) set.add(ready(tip, false))
    const tips = [set.take(), set.take(), set.take()].map((each) => {
      return each?.transaction.maxPriorityFeePerGas
    })
    expect(tips).toEqual([9n, 5n, 3n])
  })

  it('parallel: hot ones go by tip and are kept apart, cold ones do not wait for them', () => {
    const set = new ReadySet(trainedOrder('parallel'), 100)
    const hot = [1, 2, 3].map((tip) => ready(tip, true))
    const cold = [0, 0, 0].map((tip) => ready(tip, false))
    for (const each of [...hot, ...cold]) set.add(each)
    const order = Array.from({ length: 6 }, () => set.take())
    expect(order.slice(0, 4)).toEqual([hot[2], cold[0], cold[1], cold[2]])
    expect(order.slice(4)).toEqual([hot[1], hot[0]])
  })

  it('parallel: a hot one names the uncommitted one that it is expected to conflict with', () => {
    const set = new ReadySet(trainedOrder('parallel'), 100)
    set.add(ready(1, true))
    const first = set.take()!
    first.isTaken = true
    for (const isHot of [true, false]) set.add(ready(1, isHot))
    const taken = [set.take()!, set.take()!]
    const ofHot = taken.find(({ transaction }) => transaction.data.length > 0)
    expect(ofHot?.predecessor).toBe(first)
    expect(taken.find((each) => each !== ofHot)?.predecessor).toBeUndefined()
  })
})
