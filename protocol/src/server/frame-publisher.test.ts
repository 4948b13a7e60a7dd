import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openFrame } from '../wire/frame.ts'
import { createFrameSigner } from '../wire/frame-signer.ts'
import { createFrameVerifier } from '../wire/frame-verifier.ts'
import { MAX_FRAME_BYTES } from '../wire/limits.ts'
import { MessageChain } from '../wire/message-chain.ts'
import { sampleDraft } from '../wire/message-samples.ts'
import type { MessageDraft } from '../wire/messages.ts'
import type { PublishedFrame } from './frame-log.ts'
import type { FramePublisherOptions } from './frame-publisher.ts'
import { createFramePublisher, PublisherClosedError } from './frame-publisher.ts'

const signer = createFrameSigner()
const verifier = createFrameVerifier(signer.publicKey)

function collecting(options: Partial<FramePublisherOptions> = {}) {
  const frames: PublishedFrame[] = []
  const publish = (frame: PublishedFrame) => frames.push(frame)
  const chain = new MessageChain()
  return { frames, publisher: createFramePublisher({ chain, signer, publish, ...options }) }
}

function largeDraft(byteLength: number): MessageDraft {
  return { ...sampleDraft(0), transaction: new Uint8Array(byteLength) } as MessageDraft
}

describe('frame publisher', () => {
  it('sends what came in one turn of the event loop as one signed frame', async () => {
    const { frames, publisher } = collecting()
    const messages = [0, 1, 2].map((i) => publisher.append(sampleDraft(i)))
    expect(frames).toEqual([])
    await setImmediate()
    expect(frames).toHaveLength(1)
    expect(frames[0]).toMatchObject({ firstSeq: 0, lastSeq: 2, lastHash: messages[2]?.hash })
    expect(openFrame(frames[0]!.bytes, verifier)).toEqual(messages.map(({ bytes }) => bytes))
    publisher.append(sampleDraft(3))
    await setImmediate()
    expect(frames[1]).toMatchObject({ firstSeq: 3, lastSeq: 3 })
  })

  it('sends a full frame at once', () => {
    const byCount = collecting({ flushMessages: 2 })
    for (let i = 0; i < 5; i++) byCount.publisher.append(sampleDraft(i))
    expect(byCount.frames.map((frame) => frame.lastSeq)).toEqual([1, 3])
    const byBytes = collecting({ flushBytes: 5000 })
    for (let i = 0; i < 3; i++) byBytes.publisher.append(largeDraft(3000))
    expect(byBytes.frames.map((frame) => frame.lastSeq)).toEqual([1])
  })

  it('never makes a frame over the limit, however messages fall', () => {
    const { frames, publisher } = collecting({ flushBytes: MAX_FRAME_BYTES })
    for (let i = 0; i < 3; i++) publisher.append(largeDraft(9 * 1024 * 1024))
    publisher.close()
    expect(frames.map((frame) => frame.lastSeq)).toEqual([0, 1, 2])
  })

  it('sends the rest when it is closed, and takes nothing more', () => {
    const { frames, publisher } = collecting()
    publisher.append(sampleDraft(0))
    publisher.close()
    expect(frames).toHaveLength(1)
    expect(() => publisher.append(sampleDraft(1))).toThrow(PublisherClosedError)
  })
})
