/**
 * Frames as they go over connections: each behind the header of its WebSocket message (RFC 6455, 5.2),
 * which from a server is the same for everybody, and frames that follow each other as one piece of
 * bytes. It is made once for all who are sent the same, who then cost one write each, however many
 * frames came since the last one.
 */

import type { FrameLog, PublishedFrame } from './frame-log.ts'
import { RecentCache } from './recent-cache.ts'

/** Whole WebSocket messages; shared, and must not change. */
export interface Outgoing {
  readonly bytes: Uint8Array
  readonly messageCount: number
}

/** Most subscribers want the same few. */
const KEPT_BYTES = 4 * 1024 * 1024

/** So much is put together, or one frame where that is larger. */
const PIECE_BYTES = 64 * 1024

/**
 * A piece ends before a multiple of this, so that subscribers which began at different frames soon want
 * the same pieces.
 */
const PIECE_FRAMES = 64

/** Final message, binary. */
const FIRST_BYTE = 0x82
const LENGTH_16 = 126
const LENGTH_64 = 127

export class OutgoingFrames {
  readonly #log: FrameLog
  /** By the number of the first frame. */
  readonly #pieces = new RecentCache<number, Outgoing>(KEPT_BYTES, ({ bytes }) => bytes.length)
  readonly #single = new RecentCache<PublishedFrame, Outgoing>(KEPT_BYTES, ({ bytes }) => {
    return bytes.length
  })

  constructor(log: FrameLog) {
    this.#log = log
  }

  /** Frame number `index`, which is in the log, and those behind it that go along. */
  from(index: number): Outgoing {
    const endIndex = this.#endFrom(index)
    const known = this.#pieces.get(index)
    if (known?.messageCount === endIndex - index) return known
    const frames = Array.from({ length: endIndex - index }, (_, i) => this.#log.at(index + i)!)
    const piece = outgoing(frames.map(({ bytes }) => bytes))
    this.#pieces.set(index, piece)
    return piece
  }

  of(frame: PublishedFrame): Outgoing {
    const known = this.#single.get(frame)
    if (known !== undefined) return known
    const made = outgoing([frame.bytes])
    this.#single.set(frame, made)
    return made
  }

  #endFrom(index: number): number {
    const limit = Math.min(this.#log.nextIndex, index - (index % PIECE_FRAMES) + PIECE_FRAMES)
    let end = index + 1
    let byteLength = this.#log.at(index)!.bytes.length
    for (; end < limit; end++) {
      byteLength += this.#log.at(end)!.bytes.length
      if (byteLength > PIECE_BYTES) break
    }
    return end
  }
}

/** WebSocket messages with these contents. */
export function outgoing(contents: readonly Uint8Array[]): Outgoing {
  const byteLength = contents.reduce((sum, { length }) => sum + headerBytes(length) + length, 0)
  const bytes = new Uint8Array(byteLength)
  let offset = 0
  for (const content of contents) {
    offset = putHeader(bytes, offset, content.length)
    bytes.set(content, offset)
    offset += content.length
  }
  return { bytes, messageCount: contents.length }
}

function headerBytes(length: number): number {
  if (length < LENGTH_16) return 2
  return length < 0x1_0000 ? 4 : 10
}

/** Returns where the content goes. */
function putHeader(bytes: Uint8Array, offset: number, length: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const size = headerBytes(length)
  bytes[offset] = FIRST_BYTE
  bytes[offset + 1] = size === 2 ? length : size === 4 ? LENGTH_16 : LENGTH_64
  if (size === 4) view.setUint16(offset + 2, length)
  if (size === 10) view.setBigUint64(offset + 2, BigInt(length))
  return offset + size
}
