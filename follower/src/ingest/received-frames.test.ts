import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ReceivedFrames } from './received-frames.ts'

const RETENTION = { maxMessages: 1000, maxAgeMs: 3_600_000 }

let folder: SampleFolder

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

const frameAt = (lastSeq: number, bytes = 10) => {
  return { bytes: new Uint8Array(bytes), messageCount: 1, lastSeq, lastHash: new Uint8Array(32) }
}

async function open() {
  const store = await folder.open()
  const frames = new ReceivedFrames(store, RETENTION, { nextSeq: 0, openSeq: 0 })
  const stored = () => store.snapshot(() => store.frames.read(0, 100)).map(({ lastSeq }) => lastSeq)
  return { store, frames, stored }
}

it('stores at once what may not wait, with all that waited before it', async () => {
  const { frames, stored } = await open()
  expect(frames.storedSeq).toBe(-1)
  await frames.add(frameAt(0), true)
  await frames.add(frameAt(1), true)
  expect(stored()).toEqual([])
  expect(frames.storedSeq).toBe(-1)
  await frames.add(frameAt(2), false)
  expect(stored()).toEqual([0, 1, 2])
  expect(frames.storedSeq).toBe(2)
})

it('stores what waits in the transaction of a block', async () => {
  const { store, frames, stored } = await open()
  await frames.add(frameAt(0), true)
  await store.transact(() => frames.write())
  expect(stored()).toEqual([0])
  expect(frames.storedSeq).toBe(0)
})

it('does not let more wait than its limit', async () => {
  const { frames, stored } = await open()
  await frames.add(frameAt(0, 2 ** 21), true)
  expect(stored()).toEqual([])
  await frames.add(frameAt(1, 2 ** 21), true)
  expect(stored()).toEqual([0, 1])
})

it('removes what is old, but nothing from the newest seal on', async () => {
  const store = await folder.open()
  const retention = { ...RETENTION, maxMessages: 2 }
  const frames = new ReceivedFrames(store, retention, { nextSeq: 0, openSeq: 0 })
  for (let seq = 0; seq < 5; seq++) await frames.add(frameAt(seq), false)
  expect(store.snapshot(() => store.frames.read(0, 1))[0]?.lastSeq).toBe(0)
  frames.sealed(4)
  await frames.add(frameAt(5), false)
  expect(store.snapshot(() => store.frames.read(0, 100)).map(({ lastSeq }) => lastSeq)).toEqual([
    4, 5,
  ])
})
