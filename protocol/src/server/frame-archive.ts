/**
 * Frames older than those in memory, from wherever their messages are kept. They are read one at a
 * time, each in a turn of the event loop of its own, so that any number of subscribers that catch up
 * delay what is new by one read at most.
 */

import type { PublishedFrame } from './frame-log.ts'
import { RecentCache } from './recent-cache.ts'
import type { StreamServerStats } from './stream-server-stats.ts'

export interface FrameArchive {
  /** `seq` of the oldest message that is there. */
  readonly oldestSeq: number
  /**
   * The frame that holds message `seq` and ends before `endSeq`; undefined when it is gone. It begins
   * with that message, or before it where frames cannot be made anew.
   */
  frameAt(
    seq: number,
    endSeq: number,
  ): PublishedFrame | undefined | Promise<PublishedFrame | undefined>
}

/** Frames that were read last are kept: whoever was cut at the same time catches up together. */
const KEPT_BYTES = 8 * 1024 * 1024

export class ArchiveReader {
  readonly #archive: FrameArchive
  readonly #stats: StreamServerStats
  /** By the `seq` they were asked for by. */
  readonly #kept = new RecentCache<number, PublishedFrame>(KEPT_BYTES, ({ bytes }) => bytes.length)
  #queue: (() => Promise<void>)[] = []
  #isReading = false

  constructor(archive: FrameArchive, stats: StreamServerStats) {
    this.#archive = archive
    this.#stats = stats
  }

  get oldestSeq(): number {
    return this.#archive.oldestSeq
  }

  /** As `FrameArchive.frameAt`, in turn; rejects with what that throws. */
  read(seq: number, endSeq: number): Promise<PublishedFrame | undefined> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => this.#readNow(seq, endSeq).then(resolve, reject))
      if (!this.#isReading) void this.#readQueue()
    })
  }

  async #readQueue(): Promise<void> {
    this.#isReading = true
    while (this.#queue.length > 0) {
      const queue = this.#queue
      this.#queue = []
      for (const read of queue) {
        await nextTurn()
        await read()
      }
    }
    this.#isReading = false
  }

  async #readNow(seq: number, endSeq: number): Promise<PublishedFrame | undefined> {
    const kept = this.#kept.get(seq)
    if (kept !== undefined && kept.lastSeq < endSeq) return kept
    const frame = await this.#archive.frameAt(seq, endSeq)
    if (frame === undefined) return undefined
    this.#stats.archiveFramesRead++
    this.#kept.set(seq, frame)
    return frame
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
