import { sampleDraft } from '@shredcast/protocol/wire/message-samples'
import type { StreamMessage } from '@shredcast/protocol/wire/messages'
import { expect, it } from 'vitest'
import { StreamLag } from './stream-lag.ts'

const NEVER_MS = Number.POSITIVE_INFINITY

function shredAt(seq: number): StreamMessage {
  return { ...sampleDraft(seq), seq, prevHash: new Uint8Array(32) } as StreamMessage
}

it('counts what the leader is known to have, and does not forget it by an older word', () => {
  const lag = new StreamLag()
  lag.heard(100)
  lag.verified(shredAt(9))
  expect(lag.messages).toBe(90)
  lag.heard(10)
  expect(lag.messages).toBe(90)
  expect(lag.isKnownBehind(98)).toBe(true)
  expect(lag.isKnownBehind(99)).toBe(false)
})

it('is far from the limit on, and near again below a fifth of it', () => {
  const lag = new StreamLag({ messages: 50, ms: NEVER_MS })
  lag.heard(49)
  expect(lag.isFar).toBe(false)
  lag.heard(50)
  expect(lag.isFar).toBe(true)
  lag.verified(shredAt(39))
  lag.heard(50)
  expect(lag.isFar).toBe(true)
  lag.verified(shredAt(40))
  lag.heard(50)
  expect(lag.isFar).toBe(false)
})
