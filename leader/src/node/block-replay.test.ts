import {
  SAMPLE_OPENED,
  SAMPLE_SEALED,
  SAMPLE_SHRED,
} from '@shredcast/protocol/wire/message-samples'
import type { BlockSealed, MessageDraft, Shred } from '@shredcast/protocol/wire/messages'
import { describe, expect, it } from 'vitest'
import { BlockReplay, ReplayError } from './block-replay.ts'

const SHREDS: readonly Shred[] = [SAMPLE_SHRED, { ...SAMPLE_SHRED, seq: 2, shredIndex: 1 }]

const replayOf = (sealed?: BlockSealed) => {
  return new BlockReplay({ opened: SAMPLE_OPENED, shreds: SHREDS, ...(sealed && { sealed }) })
}

/** The shred with something else in its diff. */
function withDiff(diff: Partial<Shred['diff']>): MessageDraft {
  return { ...SAMPLE_SHRED, diff: { ...SAMPLE_SHRED.diff, ...diff } }
}

const [first, ...others] = SAMPLE_SHRED.diff.changes

describe('a logged block that is executed again', () => {
  it('keeps back what was sent, and lets through what comes behind it', () => {
    const replay = replayOf()
    expect(replay.transactions).toEqual(SHREDS.map(({ transaction }) => transaction))
    expect(replay.isSealed).toBe(false)
    for (const message of [SAMPLE_OPENED, ...SHREDS]) {
      expect(replay.take(message)).toBe(message.seq)
    }
    expect(replay.take({ ...SAMPLE_SHRED, shredIndex: 2 })).toBeUndefined()
    expect(replay.take(SAMPLE_SEALED)).toBeUndefined()
    replay.takeRejected('nonce too low')
  })

  it('takes its seal too when that was logged', () => {
    const replay = replayOf(SAMPLE_SEALED)
    for (const message of [SAMPLE_OPENED, ...SHREDS]) replay.take(message)
    expect(replay.isSealed).toBe(true)
    expect(replay.take(SAMPLE_SEALED)).toBe(SAMPLE_SEALED.seq)
  })

  it('may come to the same effect another way, at another time', () => {
    const { changes } = SAMPLE_SHRED.diff
    const slots = [{ key: new Uint8Array(32), value: new Uint8Array(32).fill(9), delta: 3n }]
    const lazy = [first!, { ...others[0]!, slots: [slots[0]!, others[0]!.slots[1]!] }]
    const unmoved = [{ ...first!, balance: 5n }, ...others]
    const read = changes.map((change) => {
      const { balance: _, ...rest } = change
      return change === first ? rest : change
    })
    for (const [logged, now] of [
      [SAMPLE_SHRED, { ...SAMPLE_SHRED, committedAtUs: 1 }],
      [SAMPLE_SHRED, withDiff({ deltas: [], reads: [] })],
      [SAMPLE_SHRED, withDiff({ changes: lazy })],
      [
        withDiff({ changes: unmoved, deltas: [{ address: first!.address, amount: 0n }] }),
        withDiff({ changes: read, deltas: [] }),
      ],
    ]) {
      const replay = new BlockReplay({ opened: SAMPLE_OPENED, shreds: [logged as Shred] })
      replay.take(SAMPLE_OPENED)
      expect(replay.take(now as MessageDraft)).toBe(SAMPLE_SHRED.seq)
    }
  })

  it.each<{ name: string; now: MessageDraft }>([
    { name: 'status', now: { ...SAMPLE_SHRED, receipt: { ...SAMPLE_SHRED.receipt, status: 0 } } },
    { name: 'log', now: { ...SAMPLE_SHRED, receipt: { ...SAMPLE_SHRED.receipt, logs: [] } } },
    { name: 'transaction', now: { ...SAMPLE_SHRED, transaction: new Uint8Array(3) } },
    { name: 'balance', now: withDiff({ changes: [{ ...first!, balance: 7n }, ...others] }) },
    { name: 'missing change', now: withDiff({ changes: others }) },
    { name: 'kind of message', now: SAMPLE_SEALED },
  ])('stops when it comes out otherwise: $name', ({ now }) => {
    const replay = replayOf()
    replay.take(SAMPLE_OPENED)
    expect(() => replay.take(now)).toThrow(ReplayError)
  })

  it('stops when a logged transaction is refused', () => {
    const replay = replayOf()
    replay.take(SAMPLE_OPENED)
    expect(() => replay.takeRejected('nonce too low')).toThrow(/message 1 \(shred\) of block/)
  })
})
