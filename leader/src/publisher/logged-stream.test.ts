import { openFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { createFrameVerifier } from '@shredcast/protocol/wire/frame-verifier'
import { MessageChain, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import { sampleDraft } from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LoggedFrames, tipOfLog } from './logged-stream.ts'

const signer = createFrameSigner()
const verifier = createFrameVerifier(signer.publicKey)
let folder: SampleFolder

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

async function logOf(drafts: readonly MessageDraft[]) {
  const store = await folder.open()
  const { shredLog } = store
  const chain = new MessageChain()
  const messages = drafts.map((draft) => chain.append(draft))
  await shredLog.append(messages.map(({ bytes }) => bytes))
  return { store, log: shredLog, frames: new LoggedFrames(shredLog, signer), messages, chain }
}

const drafts = (count: number) => Array.from({ length: count }, (_, i) => sampleDraft(i))

it('has nothing when the log is empty', async () => {
  const { log, frames } = await logOf([])
  expect(tipOfLog(log)).toEqual({ nextSeq: 0, latestHash: NO_MESSAGE_HASH })
  expect(frames.frameAt(0, 10)).toBeUndefined()
})

it('has every message once and in order, in signed frames, and goes on behind the last', async () => {
  const { log, frames, messages, chain } = await logOf(drafts(700))
  expect(tipOfLog(log)).toEqual(chain.tip)
  const seen: Uint8Array[] = []
  while (seen.length < 700) {
    const frame = frames.frameAt(seen.length, 700)!
    expect(frame.firstSeq).toBe(seen.length)
    seen.push(...openFrame(frame.bytes, verifier))
    expect(frame.lastSeq).toBe(seen.length - 1)
    expect(frame.lastHash).toEqual(messages[frame.lastSeq]?.hash)
  }
  expect(seen).toEqual(messages.map(({ bytes }) => bytes))
})

it('gives the same frames to whoever began elsewhere, and ends where it is told to', async () => {
  const { frames } = await logOf(drafts(700))
  expect(frames.frameAt(100, 700)?.lastSeq).toBe(255)
  expect(frames.frameAt(100, 130)).toMatchObject({ firstSeq: 100, lastSeq: 129 })
})

it('makes no long frames of long messages', async () => {
  const large = drafts(20).map((draft) => ({ ...draft, transaction: new Uint8Array(50_000) }))
  const { frames } = await logOf(large as MessageDraft[])
  expect(frames.frameAt(0, 20)).toMatchObject({ firstSeq: 0, lastSeq: 1 })
})

it('has nothing of messages that were removed', async () => {
  const { store, frames } = await logOf(drafts(20))
  const retention = { maxMessages: 10, maxAgeMs: Number.MAX_SAFE_INTEGER }
  store.shredLog.prune(retention, { lastSeq: 19, count: 100 })
  expect(frames.oldestSeq).toBe(10)
  expect(frames.frameAt(9, 20)).toBeUndefined()
  expect(frames.frameAt(10, 20)?.firstSeq).toBe(10)
})
