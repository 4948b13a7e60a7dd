import { openFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { createFrameVerifier } from '@shredcast/protocol/wire/frame-verifier'
import { MessageChain, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import { sampleDraft } from '@shredcast/protocol/wire/message-samples'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loggedHistory, readLoggedStream } from './logged-stream.ts'

const signer = createFrameSigner()
const verifier = createFrameVerifier(signer.publicKey)
let folder: SampleFolder

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

it('begins with nothing when the log is empty', async () => {
  const { shredLog } = await folder.open()
  const tip = { nextSeq: 0, latestHash: NO_MESSAGE_HASH }
  expect(readLoggedStream(shredLog, signer)).toEqual({ start: tip, frames: [], end: tip })
})

it('has every message once and in order, in signed frames, and goes on behind the last', async () => {
  const { shredLog } = await folder.open()
  const chain = new MessageChain()
  const messages = Array.from({ length: 1300 }, (_, i) => chain.append(sampleDraft(i)).bytes)
  await shredLog.append(messages)
  const { start, frames, end } = readLoggedStream(shredLog, signer)
  expect(start).toEqual({ nextSeq: 0, latestHash: NO_MESSAGE_HASH })
  expect(end).toEqual(chain.tip)
  const framed = frames.flatMap(({ bytes }) => openFrame(bytes, verifier))
  expect(framed).toHaveLength(messages.length)
  expect(framed.findIndex((bytes, i) => !equalBytes(bytes, messages[i]!))).toBe(-1)
  let next = 0
  for (const { firstSeq, lastSeq } of frames) {
    expect(firstSeq).toBe(next)
    next = lastSeq + 1
  }
  expect(next).toBe(1300)
})

it('begins where its memory ends, with what the first message continues', async () => {
  const { shredLog } = await folder.open()
  const chain = new MessageChain()
  const messages = Array.from({ length: 1200 }, (_, i) => chain.append(sampleDraft(i)))
  await shredLog.append(messages.map(({ bytes }) => bytes))
  const { start, frames, end } = readLoggedStream(shredLog, signer, 1000)
  expect(start.nextSeq).toBe(1200 - 512)
  expect(start.latestHash).toEqual(messages[start.nextSeq - 1]?.hash)
  expect(frames[0]?.firstSeq).toBe(start.nextSeq)
  expect(end).toEqual(chain.tip)
})

it('has a frame for every message of the log, and none for others', async () => {
  const { shredLog } = await folder.open()
  const chain = new MessageChain()
  const messages = Array.from({ length: 700 }, (_, i) => chain.append(sampleDraft(i)))
  await shredLog.append(messages.map(({ bytes }) => bytes))
  const history = loggedHistory(shredLog, signer)
  expect(history.oldestSeq).toBe(0)
  for (const seq of [0, 1, 511, 512, 699]) {
    const frame = history.frameAt(seq)!
    expect(frame.firstSeq).toBe(seq)
    expect(frame.lastHash).toEqual(messages[frame.lastSeq]?.hash)
    expect(openFrame(frame.bytes, verifier)[0]).toEqual(messages[seq]?.bytes)
  }
  expect(history.frameAt(700)).toBeUndefined()
})
