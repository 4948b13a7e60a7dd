import type {
  BlockOpened,
  BlockSealed,
  ChainReverted,
  Shred,
  StreamMessage,
} from '@shredcast/protocol/wire/messages'
import { describe, expect, it } from 'vitest'
import { MessageOrder } from './message-order.ts'

const opened = (number: bigint) => ({ type: 'blockOpened', context: { number } }) as BlockOpened
const shred = (shredIndex: number, blockNumber = 1n) =>
  ({ type: 'shred', blockNumber, shredIndex }) as Shred
const reverted = { type: 'chainReverted', number: 0n } as ChainReverted
const sealed = (shredCount: number) =>
  ({ type: 'blockSealed', header: { number: 1n }, shredCount }) as BlockSealed

/** The first message that is out of place. */
function firstMisplaced(messages: readonly StreamMessage[], mayJoinInBlock = false) {
  const order = new MessageOrder(mayJoinInBlock)
  for (const message of messages) {
    if (order.isBeforeFirstBlock(message)) continue
    const misplaced = order.next(message)
    if (misplaced !== undefined) return misplaced
  }
  return undefined
}

describe('the order of messages', () => {
  it('is open, shreds from 0, seal, and open again', () => {
    const blocks = [opened(1n), shred(0), shred(1), sealed(2), reverted, opened(2n), sealed(0)]
    expect(firstMisplaced(blocks)).toBeUndefined()
  })

  it.each([
    ['a shred between blocks', [shred(0)], 'open', 'type', 'shred'],
    ['a seal between blocks', [sealed(0)], 'open', 'type', 'blockSealed'],
    ['a block inside a block', [opened(1n), shred(0), opened(2n)], 'seal', 'type', 'blockOpened'],
    ['a gap', [opened(1n), shred(0), shred(2)], 1, 'shredIndex', '2'],
    ['a repetition', [opened(1n), shred(0), shred(0)], 1, 'shredIndex', '0'],
    ['a shred of another block', [opened(1n), shred(0), shred(1, 2n)], 1, 'blockNumber', '2'],
    ['a way back inside a block', [opened(1n), reverted], 'seal', 'type', 'chainReverted'],
    ['a wrong count', [opened(1n), shred(0), sealed(2)], 'seal', 'shredCount', '2'],
  ] as const)('is broken by %s', (_, messages, place, field, got) => {
    expect(firstMisplaced(messages)).toMatchObject({
      kind: 'sequence',
      blockNumber: 1n,
      place,
      location: { kind: 'message', field },
      got,
    })
  })

  it('begins with the first block that opens, where a stream may be joined in a block', () => {
    const messages = [shred(7), sealed(8), opened(2n), shred(0, 2n), sealed(1)]
    expect(firstMisplaced(messages, true)).toBeUndefined()
    expect(firstMisplaced([...messages, shred(0)], true)).toMatchObject({ place: 'open' })
  })
})
