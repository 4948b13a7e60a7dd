/**
 * The stream as a follower received it: whole frames, signed by the leader, so that they can be passed
 * on as they are. A frame may begin with messages of the one before it; none is missing between them.
 *
 *   0      8     when it was stored, milliseconds since 1970, big-endian
 *   8      4     how many messages it has, big-endian
 *   12     32    hash of its last message
 *   44     n     the frame
 */

import { assert } from '../../primitives/assert.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import { numberAt, numberKey } from '../keys.ts'
import type { Entry, Table } from '../table.ts'
import type { LogRetention } from './logged-messages.ts'

export interface StoredFrame {
  readonly bytes: Uint8Array
  readonly messageCount: number
  /** Of its last message. */
  readonly lastSeq: number
  readonly lastHash: Uint8Array
}

const COUNT_OFFSET = 8
const HASH_OFFSET = 12
const FRAME_OFFSET = 44

export class FrameRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** The newest frame. */
  last(): StoredFrame | undefined {
    const entry = this.#table.last()
    return entry && decodeEntry(entry)
  }

  /** The frames from the one that holds message `seq` on, or else the oldest; `count` at most. */
  read(seq: number, count: number): StoredFrame[] {
    const frames: StoredFrame[] = []
    for (const entry of this.#table.range(numberKey(BigInt(seq)), undefined)) {
      frames.push(decodeEntry(entry))
      if (frames.length === count) break
    }
    return frames
  }

  /** Within a transaction. */
  put({ bytes, messageCount, lastSeq, lastHash }: StoredFrame, now: number = Date.now()): void {
    const count = new Uint8Array(4)
    new DataView(count.buffer).setUint32(0, messageCount)
    const value = concatBytes(numberKey(BigInt(now)), count, lastHash, bytes)
    this.#table.put(numberKey(BigInt(lastSeq)), value)
  }

  /**
   * Within a transaction: removes the oldest frames that need not be kept, `count` at most, and none
   * from the one that holds message `neededSeq` on.
   */
  prune(
    { maxMessages, maxAgeMs }: LogRetention,
    { neededSeq, count, now = Date.now() }: { neededSeq: number; count: number; now?: number },
  ): void {
    const newest = this.last()
    if (newest === undefined) return
    assert(maxMessages > 0, 'the newest message is kept')
    const oldestTime = BigInt(Math.max(0, now - maxAgeMs))
    const needed = numberKey(BigInt(Math.min(neededSeq, newest.lastSeq)))
    const keys: Uint8Array[] = []
    for (const { key, value } of this.#table.range(numberKey(0n), needed)) {
      const isOld = numberAt(value) < oldestTime
      const isBeyond = Number(numberAt(key)) <= newest.lastSeq - maxMessages
      if (keys.length === count || !(isOld || isBeyond)) break
      keys.push(key)
    }
    for (const key of keys) this.#table.remove(key)
  }
}

function decodeEntry({ key, value }: Entry): StoredFrame {
  return {
    bytes: value.slice(FRAME_OFFSET),
    messageCount: new DataView(value.buffer, value.byteOffset).getUint32(COUNT_OFFSET),
    lastSeq: Number(numberAt(key)),
    lastHash: value.slice(HASH_OFFSET, FRAME_OFFSET),
  }
}
