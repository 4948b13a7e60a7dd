import { bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BadSignatureError,
  FRAME_HEADER_BYTES,
  FrameTooLargeError,
  FrameVersionError,
  MalformedFrameError,
  openFrame,
  openFrameOrPart,
  sealFrame,
} from './frame.ts'
import { partOfFrame } from './frame-part.ts'
import { createFrameSigner, InvalidSigningKeyError } from './frame-signer.ts'
import { createFrameVerifier as createNodeVerifier } from './frame-verifier.ts'
import { InvalidLeaderKeyError } from './leader-key.ts'
import { MAX_FRAME_BYTES, MAX_MESSAGES_PER_FRAME } from './limits.ts'
import { messageHash } from './message-chain.ts'
import { treeOver } from './message-tree.ts'
import { createFrameVerifier as createPortableVerifier } from './portable-frame-verifier.ts'

const signer = createFrameSigner(new Uint8Array(32).fill(1))
const MESSAGES = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]
const FRAME = sealFrame(MESSAGES, signer)

function changed(offset: number, value: number): Uint8Array {
  const frame = FRAME.slice()
  frame[offset] = value
  return frame
}

/** A frame of any body, under the signature of message 9 alone. */
function frameOf(count: number, body: Uint8Array): Uint8Array {
  const head = new Uint8Array(FRAME_HEADER_BYTES)
  head.set([0x53, 0x43, 2])
  const view = new DataView(head.buffer)
  view.setUint32(4, count)
  view.setUint32(8, body.length)
  const signed = concatBytes(head.subarray(0, 8), messageHash(Uint8Array.of(9)))
  return concatBytes(head, body, signer.sign(signed))
}

/** `count` different messages, sealed. */
function sealedMessages(count: number) {
  const messages = Array.from({ length: count }, (_, i) => new Uint8Array(40 + i).fill(i + 1))
  const tree = treeOver(messages.map(messageHash))
  return { messages, tree, frame: sealFrame(messages, signer) }
}

describe.each([
  ['node:crypto', createNodeVerifier],
  ['plain JavaScript', createPortableVerifier],
])('frame, verified by %s', (_, createFrameVerifier) => {
  const verifier = createFrameVerifier(signer.publicKey)

  it('gives back its messages in order', () => {
    expect(openFrame(FRAME, verifier)).toEqual(MESSAGES)
  })

  it('is laid out as it always was', () => {
    expect(bytesToHex(signer.publicKey)).toBe(
      '0x8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
    )
    const header = '53430200' + '00000002' + '0000000c'
    const body = '00000003' + '010203' + '00000001' + '04'
    const signature =
      '92eb3812e3481fc496d458c1fac3e34d84a947944b7a10dd8132c524ce2f8fe9' +
      '02ce876d3d7ba8b449f01bbd730487bca75ff403971b11afde20039bad884a0d'
    expect(bytesToHex(FRAME)).toBe(`0x${header}${body}${signature}`)
  })

  it('is refused when any of its bytes is changed', () => {
    for (let offset = 0; offset < FRAME.length; offset++) {
      const frame = changed(offset, (FRAME[offset] as number) ^ 1)
      expect(() => openFrame(frame, verifier)).toThrow()
    }
  })

  it('is refused when cut at any byte or continued', () => {
    for (let length = 0; length < FRAME.length; length++) {
      expect(() => openFrame(FRAME.subarray(0, length), verifier)).toThrow(MalformedFrameError)
    }
    expect(() => openFrame(concatBytes(FRAME, Uint8Array.of(0)), verifier)).toThrow(
      MalformedFrameError,
    )
  })

  it('names a wrong magic, an unknown version, and flags', () => {
    expect(() => openFrame(changed(0, 0x54), verifier)).toThrow('not a frame')
    expect(() => openFrame(changed(2, 1), verifier)).toThrow(FrameVersionError)
    expect(() => openFrame(changed(3, 2), verifier)).toThrow('unknown flags')
  })

  it('is refused under another key', () => {
    const other = createFrameVerifier(createFrameSigner().publicKey)
    expect(() => openFrame(FRAME, other)).toThrow(BadSignatureError)
  })

  it('is refused when its body is not made of its messages', () => {
    const message = Uint8Array.of(0, 0, 0, 1, 9)
    expect(openFrame(frameOf(1, message), verifier)).toEqual([Uint8Array.of(9)])
    for (const [count, body] of [
      [0, new Uint8Array(0)],
      [2, message],
      [1, concatBytes(message, message)],
      [1, Uint8Array.of(0, 0, 0, 2, 9)],
      [1, Uint8Array.of(0, 0, 0, 0)],
      [1, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 9)],
      [1, Uint8Array.of(0, 0)],
      [0xffff_ffff, message],
    ] as const) {
      expect(() => openFrame(frameOf(count, body), verifier)).toThrow(MalformedFrameError)
    }
  })

  it('can be cut down to any of its messages, each of which is still proved', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 70 }), (isWanted) => {
        fc.pre(isWanted.includes(true) && isWanted.includes(false))
        const { messages, tree, frame } = sealedMessages(isWanted.length)
        const part = partOfFrame(frame, tree, messages, isWanted)
        const opened = openFrameOrPart(part, verifier)
        expect(opened.messageCount).toBe(messages.length)
        const wanted = messages.flatMap((bytes, index) => {
          return isWanted[index] ? [{ index, bytes, hash: messageHash(bytes) }] : []
        })
        expect(opened.messages).toEqual(wanted)
        expect(() => openFrame(part, verifier)).toThrow('left out')
      }),
      { numRuns: 100 },
    )
  })

  it('is refused in part when any byte of the part is changed, cut or misplaced', () => {
    const { messages, tree, frame } = sealedMessages(5)
    const part = partOfFrame(frame, tree, messages, [false, true, false, false, true])
    expect(openFrameOrPart(part, verifier).messages).toHaveLength(2)
    for (let offset = 0; offset < part.length; offset++) {
      const other = part.slice()
      other[offset] = other[offset]! ^ 1
      expect(() => openFrameOrPart(other, verifier)).toThrow()
      expect(() => openFrameOrPart(part.subarray(0, offset), verifier)).toThrow()
    }
  })

  it('is no part when nothing or everything of it is there', () => {
    const { messages, tree, frame } = sealedMessages(3)
    const none = partOfFrame(frame, tree, messages, [false, false, false])
    expect(() => openFrameOrPart(none, verifier)).toThrow(MalformedFrameError)
    const all = partOfFrame(frame, tree, messages, [true, true, true])
    expect(() => openFrameOrPart(all, verifier)).toThrow(MalformedFrameError)
  })

  it('is not sealed without messages, with too many, or over the size limit', () => {
    expect(() => sealFrame([], signer)).toThrow(MalformedFrameError)
    const many = new Array<Uint8Array>(MAX_MESSAGES_PER_FRAME + 1).fill(Uint8Array.of(1))
    expect(() => sealFrame(many, signer)).toThrow(MalformedFrameError)
    expect(() => sealFrame([new Uint8Array(MAX_FRAME_BYTES)], signer)).toThrow(FrameTooLargeError)
    expect(() => openFrame(new Uint8Array(MAX_FRAME_BYTES + 1), verifier)).toThrow(
      FrameTooLargeError,
    )
  })

  it('takes keys of the right length only', () => {
    expect(() => createFrameSigner(new Uint8Array(31))).toThrow(InvalidSigningKeyError)
    expect(() => createFrameVerifier(new Uint8Array(33))).toThrow(InvalidLeaderKeyError)
  })
})
