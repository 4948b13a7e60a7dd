/**
 * Received frames on their way into the data folder. While it catches up, those of a block
 * are stored with it: a transaction for each would cost more than the verification of its messages.
 *
 *     added -> stored, by `flush` or in the transaction of a block
 */

import type { StoredFrame } from '@shredcast/shared/store/repositories/frame-repository'
import type { LogRetention } from '@shredcast/shared/store/repositories/logged-messages'
import type { Store } from '@shredcast/shared/store/store'

/** Frames that wait for their block, in bytes; a larger block comes in several transactions. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024

/** Removed with each frame that comes, at most: more than comes, so that it never falls behind. */
const FRAMES_PRUNED = 4

export class ReceivedFrames {
  readonly #store: Pick<Store, 'frames' | 'transact'>
  readonly #retention: LogRetention
  #waiting: StoredFrame[] = []
  #waitingBytes = 0
  #storedSeq: number
  /** `seq` of the newest block's seal: frames from there on are needed at a start. */
  #sealSeq: number

  /** The folder has everything before message `nextSeq`, and its newest block ends before `openSeq`. */
  constructor(
    store: Pick<Store, 'frames' | 'transact'>,
    retention: LogRetention,
    { nextSeq, openSeq }: { nextSeq: number; openSeq: number },
  ) {
    this.#store = store
    this.#retention = retention
    this.#storedSeq = nextSeq - 1
    this.#sealSeq = openSeq - 1
  }

  /** The newest message that is stored; -1: none. */
  get storedSeq(): number {
    return this.#storedSeq
  }

  /** Message `seq` sealed the newest block, or made it the newest again. */
  sealed(seq: number): void {
    this.#sealSeq = seq
  }

  /** The next frame; with `mayWait` it may be stored later. Resolves when nothing more is to be done now. */
  async add(frame: StoredFrame, mayWait: boolean): Promise<void> {
    this.#waiting.push(frame)
    this.#waitingBytes += frame.bytes.length
    if (!mayWait || this.#waitingBytes >= WAITING_BYTES_MAX) await this.flush()
  }

  /** Resolves when all frames so far are as safe as the store promises. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0) await this.#store.transact(() => this.write())
  }

  /** Within a transaction: stores what waits. When it fails, nothing more may be stored. */
  write(): void {
    const { frames } = this.#store
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const frame of waiting) frames.put(frame)
    this.#storedSeq = waiting.at(-1)?.lastSeq ?? this.#storedSeq
    const neededSeq = Math.max(0, this.#sealSeq)
    frames.prune(this.#retention, { neededSeq, count: FRAMES_PRUNED * waiting.length })
  }
}
