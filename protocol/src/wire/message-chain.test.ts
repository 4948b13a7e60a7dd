import { describe, expect, it } from 'vitest'
import { InvalidFieldError } from './fields.ts'
import {
  BrokenChainError,
  ChainVerifier,
  MessageChain,
  messageHash,
  NO_MESSAGE_HASH,
  RepeatedSeqError,
  SeqGapError,
} from './message-chain.ts'
import { decodeMessage } from './message-codec.ts'
import { sampleDraft } from './message-samples.ts'

function chained(count: number) {
  const chain = new MessageChain()
  return Array.from({ length: count }, (_, i) => chain.append(sampleDraft(i)))
}

describe('message chain', () => {
  it('numbers messages from 0 and links each to the bytes before it', () => {
    const [first, second] = chained(2)
    expect(first?.message).toMatchObject({ seq: 0, prevHash: NO_MESSAGE_HASH })
    expect(second?.message).toMatchObject({ seq: 1, prevHash: first?.hash })
    expect(second?.hash).toEqual(messageHash(second?.bytes as Uint8Array))
    expect(decodeMessage(second?.bytes as Uint8Array)).toEqual(second?.message)
  })

  it('goes on from a given end', () => {
    const whole = new MessageChain()
    whole.append(sampleDraft(0))
    const continued = new MessageChain(whole.tip)
    expect(continued.append(sampleDraft(1))).toEqual(whole.append(sampleDraft(1)))
  })

  it('gives no place to a message that cannot be encoded', () => {
    const chain = new MessageChain()
    expect(() => chain.append({ ...sampleDraft(0), shredIndex: -1 } as never)).toThrow(
      InvalidFieldError,
    )
    expect(chain.append(sampleDraft(0)).seq).toBe(0)
  })
})

describe('chain verifier', () => {
  it('follows a chain from its start', () => {
    const verifier = new ChainVerifier({ nextSeq: 0 })
    const all = chained(3)
    for (const { message, bytes } of all) verifier.check(message, bytes)
    expect(verifier.nextSeq).toBe(3)
    expect(verifier.latestHash).toEqual(all[2]?.hash)
  })

  it('takes the first message as given when it knows nothing before it', () => {
    const [, second, third] = chained(3)
    const verifier = new ChainVerifier()
    for (const link of [second, third]) {
      if (link !== undefined) verifier.check(link.message, link.bytes)
    }
    expect(verifier.nextSeq).toBe(3)
  })

  it('tells a gap, a repetition and a replacement apart', () => {
    const [first, second, third] = chained(3)
    if (!first || !second || !third) throw new Error('three messages')
    const verifier = new ChainVerifier({ nextSeq: 0 })
    verifier.check(first.message, first.bytes)
    expect(() => verifier.check(third.message, third.bytes)).toThrow(SeqGapError)
    expect(() => verifier.check(first.message, first.bytes)).toThrow(RepeatedSeqError)
    const replaced = { ...second.message, prevHash: new Uint8Array(32).fill(1) }
    expect(() => verifier.check(replaced, second.bytes)).toThrow(BrokenChainError)
    verifier.check(second.message, second.bytes)
  })

  it('knows that message 0 continues nothing', () => {
    const [first] = chained(1)
    if (!first) throw new Error('one message')
    const wrong = { ...first.message, prevHash: new Uint8Array(32).fill(1) }
    expect(() => new ChainVerifier().check(wrong, first.bytes)).toThrow(BrokenChainError)
  })
})
