/**
 * The messages of the shred log, to read and to prune, which other threads may do than the one that
 * appends them (`ShredLog`). By `seq`:
 *
 *   0      8     when it was appended, milliseconds since 1970, big-endian
 *   8      n     the message as it goes over the wire
 */

import { assert } from '../../primitives/assert.ts'
import type { Environment } from '../environment.ts'
import { numberAt, numberKey } from '../keys.ts'
import { MEND, StoreCorruptedError } from '../store-error.ts'
import type { Table } from '../table.ts'
import type { LogTable } from '../tables.ts'

export interface LogRetention {
  /** Messages kept; must exceed what one block can have, so that an open block is whole. */
  readonly maxMessages: number
  /** Older messages are removed, but never the newest. */
  readonly maxAgeMs: number
}

export interface LoggedMessage {
  readonly seq: number
  readonly bytes: Uint8Array
}

const TIME_BYTES = 8

/** Removed in one transaction, for which an append waits a fraction of a millisecond. */
const PRUNED_AT_ONCE = 64

export class LoggedMessages {
  protected readonly environment: Environment<LogTable>
  protected readonly now: () => number

  constructor(environment: Environment<LogTable>, now: () => number = Date.now) {
    this.environment = environment
    this.now = now
  }

  /** `seq` of the message that is committed next. */
  get nextSeq(): number {
    const last = this.environment.snapshot(() => this.table.last())
    return last === undefined ? 0 : Number(numberAt(last.key)) + 1
  }

  /** `seq` of the oldest message that is still there; `nextSeq` when there is none. */
  get firstSeq(): number {
    const first = this.environment.snapshot(() => this.table.first())
    return first === undefined ? this.nextSeq : Number(numberAt(first.key))
  }

  /**
   * The messages from `seq` to before `seq + count`, as far as they are committed and not removed; at
   * least one, and no more behind the one that makes them longer than `maxBytes`.
   * @throws StoreCorruptedError when a message is damaged or missing
   */
  read(seq: number, count: number, maxBytes = Number.POSITIVE_INFINITY): LoggedMessage[] {
    return this.environment.snapshot(() => {
      const start = Math.max(seq, this.firstSeq)
      const end = Math.min(seq + count, this.nextSeq)
      if (start >= end) return []
      const messages: LoggedMessage[] = []
      let bytesLeft = maxBytes
      for (const { key, value } of this.table.range(keyOf(start), keyOf(end))) {
        messages.push({ seq: Number(numberAt(key)), bytes: value.slice(TIME_BYTES) })
        bytesLeft -= value.length - TIME_BYTES
        if (bytesLeft < 0) break
      }
      const last = messages.at(-1)?.seq
      const isWhole = last === start + messages.length - 1 && (bytesLeft < 0 || last === end - 1)
      if (isWhole) return messages
      throw new StoreCorruptedError(`the shred log has a gap from ${start} to ${end}: ${MEND}`)
    })
  }

  /**
   * Removes the oldest messages that need not be kept, of those up to `lastSeq` and `count` at most.
   * Another thread than the one that appends may do it.
   */
  prune(retention: LogRetention, { lastSeq, count }: { lastSeq: number; count: number }): number {
    assert(retention.maxMessages > 0, 'the newest message is kept')
    let left = count
    while (left > 0) {
      const keys = this.#prunable(retention, lastSeq, Math.min(left, PRUNED_AT_ONCE))
      if (keys.length === 0) break
      this.environment.transact(() => {
        for (const key of keys) this.table.remove(key)
      })
      left -= keys.length
    }
    return count - left
  }

  #prunable({ maxMessages, maxAgeMs }: LogRetention, lastSeq: number, count: number) {
    const oldestTime = BigInt(Math.max(0, this.now() - maxAgeMs))
    return this.environment.snapshot(() => {
      const keys: Uint8Array[] = []
      for (const { key, value } of this.table.range(keyOf(0), keyOf(lastSeq))) {
        const isOld = numberAt(value) < oldestTime
        const isBeyond = Number(numberAt(key)) <= lastSeq - maxMessages
        if (keys.length === count || !(isOld || isBeyond)) break
        keys.push(key)
      }
      return keys
    })
  }

  protected get table(): Table {
    return this.environment.tables.shredLog
  }
}

function keyOf(seq: number): Uint8Array {
  return numberKey(BigInt(seq))
}
