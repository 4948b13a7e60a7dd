import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PooledTransaction } from './pooled-transaction.ts'
import { sampleTransaction, senderAddress } from './sample-transactions.ts'
import { SenderQueue } from './sender-queue.ts'

function pooled(nonce: number): PooledTransaction {
  const bytes = sampleTransaction({ nonce: BigInt(nonce) })
  const transaction = decodeTransaction(bytes)
  return new PooledTransaction({
    ...{ hash: `0x${nonce}`, bytes, transaction, addedAtMs: 0 },
    sender: senderAddress(1),
  })
}

/** The oracle: everything is looked up anew in a sorted list. */
class Model {
  nonce = 0
  list: PooledTransaction[] = []

  get executable(): PooledTransaction[] {
    const sorted = [...this.list].sort((a, b) => Number(a.nonce - b.nonce))
    return sorted.filter(({ nonce }, index) => Number(nonce) === this.nonce + index)
  }

  get head(): PooledTransaction | undefined {
    return this.executable.find((each, index, all) => {
      return !each.isTaken && all.slice(0, index).every(({ isTaken }) => isTaken)
    })
  }
}

const operation = fc.record({
  kind: fc.constantFrom('put', 'take', 'commit', 'back', 'remove'),
  nonce: fc.integer({ min: 0, max: 12 }),
})

function applyOperation(queue: SenderQueue, model: Model, kind: string, nonce: number): void {
  const at = model.list.find((each) => Number(each.nonce) === nonce)
  if (kind === 'put' && nonce >= model.nonce && !at?.isTaken) {
    const added = pooled(nonce)
    expect(queue.put(added)).toBe(at)
    model.list = [...model.list.filter((each) => each !== at), added]
  } else if (kind === 'take' && model.head?.isTaken === false) {
    queue.takeHead()
  } else if (kind === 'commit') {
    model.nonce++
    const passed = queue.advance(BigInt(model.nonce))
    expect(passed).toEqual(model.list.filter((each) => Number(each.nonce) < model.nonce))
    model.list = model.list.filter((each) => !passed.includes(each))
  } else if (kind === 'back' && at?.isTaken) {
    queue.giveBack(at)
  } else if (kind === 'remove' && at !== undefined) {
    at.isTaken = false
    queue.remove(at)
    model.list = model.list.filter((each) => each !== at)
  }
}

describe('SenderQueue', () => {
  it('is what a sorted list says after any operations', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const queue = new SenderQueue(0n)
        const model = new Model()
        for (const { kind, nonce } of operations) {
          applyOperation(queue, model, kind, nonce)
          expect(queue.head).toBe(model.head)
          expect(queue.executableCount).toBe(model.executable.length)
          expect(queue.cost).toBe(model.list.reduce((sum, { cost }) => sum + cost, 0n))
        }
      }),
    )
  })
})
