import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PublishedFrame } from './frame-log.ts'
import { FrameLog, FrameOrderError } from './frame-log.ts'

function frame(firstSeq: number, lastSeq: number, byteLength = 10): PublishedFrame {
  const lastHash = new Uint8Array(32).fill(lastSeq)
  return { bytes: new Uint8Array(byteLength), firstSeq, lastSeq, lastHash }
}

describe('frame log', () => {
  it('is empty at first, at its tip', () => {
    const log = new FrameLog({ maxBytes: 100, maxFrames: 10 }, { ...frameTip(7) })
    expect(log.oldestSeq).toBe(7)
    expect(log.indexOf(7)).toBe(0)
    expect(log.at(0)).toBeUndefined()
  })

  it('finds the frame that holds a message', () => {
    const log = new FrameLog({ maxBytes: 100, maxFrames: 10 })
    for (const [first, last] of [
      [0, 0],
      [1, 5],
      [6, 6],
    ] as const) {
      log.append(frame(first, last))
    }
    expect([0, 1, 3, 5, 6, 7].map((seq) => log.indexOf(seq))).toEqual([0, 1, 1, 1, 2, 3])
    expect(log.tip).toEqual(frameTip(7))
  })

  it('refuses a frame that skips messages or has nothing new', () => {
    const log = new FrameLog({ maxBytes: 100, maxFrames: 10 })
    log.append(frame(0, 2))
    expect(() => log.append(frame(4, 4))).toThrow(FrameOrderError)
    expect(() => log.append(frame(1, 2))).toThrow(FrameOrderError)
  })

  it('takes frames that overlap, and finds the first that holds a message', () => {
    const log = new FrameLog({ maxBytes: 100, maxFrames: 10 })
    log.append(frame(0, 2))
    log.append(frame(1, 4))
    expect([1, 2, 3, 5].map((seq) => log.indexOf(seq))).toEqual([0, 0, 1, 2])
    expect(log.tip).toEqual(frameTip(5))
  })

  it('drops the oldest frames beyond its bytes, but keeps the newest whatever its size', () => {
    const log = new FrameLog({ maxBytes: 25, maxFrames: 10 })
    for (let seq = 0; seq < 4; seq++) log.append(frame(seq, seq))
    expect([log.oldestSeq, log.firstIndex, log.byteLength]).toEqual([2, 2, 20])
    log.append(frame(4, 4, 1000))
    expect([log.oldestSeq, log.byteLength]).toEqual([4, 1000])
    expect(log.at(3)).toBeUndefined()
    expect(log.at(4)?.firstSeq).toBe(4)
  })

  it('agrees with a plain list for any frames and limits', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3000 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 50 }), (counts, maxFrames) => {
        const log = new FrameLog({ maxBytes: 1e9, maxFrames })
        const all: PublishedFrame[] = []
        for (const count of counts) {
          const next = frame(log.tip.nextSeq, log.tip.nextSeq + count - 1)
          log.append(next)
          all.push(next)
        }
        const first = Math.max(0, all.length - maxFrames)
        expect([log.firstIndex, log.nextIndex]).toEqual([first, all.length])
        for (let i = first; i < all.length; i++) {
          expect(log.at(i)).toBe(all[i])
          expect(log.indexOf(all[i]!.lastSeq)).toBe(i)
        }
      }),
      { numRuns: 30 },
    )
  })
})

function frameTip(nextSeq: number) {
  return { nextSeq, latestHash: new Uint8Array(32).fill(nextSeq - 1) }
}
