import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSampleFolder } from '../sample-store.ts'
import type { Store } from '../store.ts'
import type { StoredFrame } from './frame-repository.ts'

const folder = createSampleFolder()
let store: Store

beforeAll(async () => {
  store = await folder.open()
})
afterAll(() => folder.remove())

function frame(firstSeq: number, lastSeq: number): StoredFrame {
  const bytes = Uint8Array.of(firstSeq, lastSeq)
  const lastHash = new Uint8Array(32).fill(lastSeq)
  return { bytes, messageCount: lastSeq - firstSeq + 1, lastSeq, lastHash }
}

const seqs = (frames: readonly StoredFrame[]) => frames.map(({ lastSeq }) => lastSeq)
const all = () => seqs(store.snapshot(() => store.frames.read(0, 100)))

describe('the frames of a followed stream', () => {
  it('are found by any message they hold, also where they overlap', async () => {
    expect(store.snapshot(() => store.frames.last())).toBeUndefined()
    const frames = [frame(0, 2), frame(3, 3), frame(2, 6)]
    await store.transact(() => {
      for (const each of frames) store.frames.put(each, 1000)
    })
    expect(store.snapshot(() => store.frames.last())).toEqual(frames[2])
    expect(store.snapshot(() => store.frames.read(1, 2))).toEqual(frames.slice(0, 2))
    expect([2, 3, 4, 7].map((seq) => seqs(store.frames.read(seq, 1)))).toEqual([[2], [3], [6], []])
  })

  it('are pruned by age and count, but never what is needed, nor the newest', async () => {
    const prune = (maxMessages: number, maxAgeMs: number, neededSeq: number, count = 100) => {
      return store.transact(() => {
        const limits = { maxMessages, maxAgeMs }
        store.frames.prune(limits, { neededSeq, count, now: 2000 })
      })
    }
    await prune(1000, 5000, 100)
    expect(all()).toEqual([2, 3, 6])
    await prune(1000, 10, 2)
    expect(all()).toEqual([2, 3, 6])
    await prune(4, 5000, 100)
    expect(all()).toEqual([3, 6])
    await prune(1, 10, 100, 1)
    expect(all()).toEqual([6])
    await prune(1, 10, 100)
    expect(all()).toEqual([6])
  })
})
