/**
 * The newest block of the store and where the stream says that it is: what a snapshot begins with. The
 * message comes before the block is stored, so neither alone says it.
 */

import type { SealedPlace } from '@shredcast/protocol/snapshot/snapshot-source'
import type { Head } from '@shredcast/shared/store/repositories/meta-repository'
import type { ShredLog } from '@shredcast/shared/store/repositories/shred-log'
import type { LoggedBlock } from './logged-blocks.ts'

export class NewestBlock {
  #place: SealedPlace | undefined

  constructor(place: SealedPlace | undefined) {
    this.#place = place
  }

  /** As a start finds it: `above` are the blocks that the log has above `head`. */
  static of(log: ShredLog, head: Head, above: readonly LoggedBlock[]): NewestBlock {
    const seq = (above[0]?.opened.seq ?? log.nextSeq) - 1
    return new NewestBlock(seq < log.firstSeq ? undefined : { ...head, seq })
  }

  /** Undefined while there is none that the stream has a message of. */
  get place(): SealedPlace | undefined {
    return this.#place
  }

  /** The store has the block, and message `seq` told of it. */
  becomes(head: Head, seq: number): void {
    this.#place = { ...head, seq }
  }
}
