import { describe, expect, it } from 'vitest'
import { FrameLog } from './frame-log.ts'
import { OutgoingFrames, outgoing } from './outgoing-frames.ts'

/** As a client reads them: RFC 6455, 5.2, without masks. */
function messagesIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer)
  const messages: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0b1000_0010)
    const code = bytes[at + 1]!
    const isLong = code === 127
    const length = isLong
      ? Number(view.getBigUint64(at + 2))
      : code === 126
        ? view.getUint16(at + 2)
        : code
    const start = at + (isLong ? 10 : code === 126 ? 4 : 2)
    messages.push(bytes.slice(start, start + length))
    at = start + length
  }
  return messages
}

function logOf(lengths: readonly number[]) {
  const log = new FrameLog({ maxBytes: 2 ** 30, maxFrames: 1000 })
  const frames = lengths.map((length, i) => {
    const bytes = new Uint8Array(length).fill(i)
    return { bytes, firstSeq: i, lastSeq: i, lastHash: new Uint8Array(32) }
  })
  for (const frame of frames) log.append(frame)
  return { log, frames }
}

describe('frames on their way', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('are one message of %i bytes', (length) => {
    const content = new Uint8Array(length).fill(7)
    const { bytes, messageCount } = outgoing([content])
    expect(messageCount).toBe(1)
    expect(messagesIn(bytes)).toEqual([content])
  })

  it('are made once, and go along with those behind them', () => {
    const { log, frames } = logOf([10, 20, 200])
    const sent = new OutgoingFrames(log)
    const piece = sent.from(1)
    expect(piece.messageCount).toBe(2)
    expect(messagesIn(piece.bytes)).toEqual(frames.slice(1).map(({ bytes }) => bytes))
    expect(sent.from(1)).toBe(piece)
    expect(sent.of(frames[0]!)).toBe(sent.of(frames[0]!))
    expect(messagesIn(sent.of(frames[0]!).bytes)).toEqual([frames[0]!.bytes])
  })

  it('include those that came meanwhile', () => {
    const { log, frames } = logOf([10])
    const sent = new OutgoingFrames(log)
    expect(sent.from(0).messageCount).toBe(1)
    log.append({ ...frames[0]!, firstSeq: 1, lastSeq: 1 })
    expect(sent.from(0).messageCount).toBe(2)
  })

  it('make short pieces of long frames, which end where others begin', () => {
    const { log } = logOf([...Array.from({ length: 70 }, () => 10), 60_000, 60_000, 100_000])
    const sent = new OutgoingFrames(log)
    const counts: number[] = []
    for (let index = 3; index < log.nextIndex; index += counts.at(-1)!) {
      counts.push(sent.from(index).messageCount)
    }
    expect(counts).toEqual([61, 7, 1, 1])
  })
})
