/** The frames in a follower's folder, for subscribers that want more than the relay has in memory. */

import type { FrameArchive } from '@shredcast/protocol/server/frame-archive'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { StoreTables } from '@shredcast/shared/store/store'
import { firstSeqOf, publishedFrame } from '../ingest/frame-intake.ts'

export class FolderFrames implements FrameArchive {
  readonly #tables: Pick<StoreTables, 'frames' | 'snapshot'>

  constructor(tables: Pick<StoreTables, 'frames' | 'snapshot'>) {
    this.#tables = tables
  }

  get oldestSeq(): number {
    const [oldest] = this.#tables.snapshot(() => this.#tables.frames.read(0, 1))
    return oldest === undefined ? Number.POSITIVE_INFINITY : firstSeqOf(oldest)
  }

  /** As it was signed: it may hold messages that the frames in memory hold as well. */
  frameAt(seq: number): PublishedFrame | undefined {
    const [frame] = this.#tables.snapshot(() => this.#tables.frames.read(seq, 1))
    return frame === undefined || firstSeqOf(frame) > seq ? undefined : publishedFrame(frame)
  }
}
