/**
 * The shred log: every message of the stream by its `seq`, without a gap, written before it is sent.
 * What is appended in one turn of the event loop is one transaction (group commit); in a flood the log
 * rests between two transactions as long as the last one took, so that half of the thread's time is left.
 *
 *   0      8     when it was appended, milliseconds since 1970, big-endian
 *   8      n     the message as it goes over the wire
 */

import { assert } from '../../primitives/assert.ts'
import { BaseError } from '../../primitives/base-error.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import type { Environment } from '../environment.ts'
import { numberAt, numberKey } from '../keys.ts'
import { MEND, StoreCorruptedError } from '../store-error.ts'

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

/** More waits for its commit than the log takes in one turn: the caller must wait for it too. */
export class ShredLogBusyError extends BaseError {
  override readonly name = 'Store.ShredLogBusyError'
}

interface PendingAppend {
  readonly messages: readonly Uint8Array[]
  resolve(firstSeq: number): void
  reject(error: unknown): void
}

const TIME_BYTES = 8
const PENDING_BYTES_MAX = 256 * 2 ** 20
/** A slow disk does not hold messages back for longer. */
const REST_MAX_MS = 2

export class ShredLog {
  readonly #environment: Environment
  readonly #now: () => number
  #pending: PendingAppend[] = []
  #pendingBytes = 0
  #nextSeq: number
  #restUntilMs = 0

  constructor(environment: Environment, now: () => number = Date.now) {
    this.#environment = environment
    this.#now = now
    this.#nextSeq = this.#storedNextSeq()
  }

  /** `seq` of the message that is committed next. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** `seq` of the oldest message that is still there; `nextSeq` when there is none. */
  get firstSeq(): number {
    const first = this.#environment.snapshot(() => this.#table.first())
    return first === undefined ? this.#nextSeq : Number(numberAt(first.key))
  }

  /**
   * Appends messages in order and resolves with the `seq` of the first when all of them are as safe
   * as the store's durability promises. After a failure nothing of its group is in the log.
   * @throws ShredLogBusyError
   * @throws StoreFullError
   */
  append(messages: readonly Uint8Array[]): Promise<number> {
    if (this.#pendingBytes > PENDING_BYTES_MAX) {
      return Promise.reject(new ShredLogBusyError(`${this.#pendingBytes} bytes wait for the log`))
    }
    for (const message of messages) this.#pendingBytes += message.length
    if (this.#pending.length === 0) this.#schedule()
    return new Promise((resolve, reject) => this.#pending.push({ messages, resolve, reject }))
  }

  #schedule(): void {
    const restMs = this.#restUntilMs - performance.now()
    if (restMs > 0) setTimeout(() => this.#commitPending(), restMs)
    else setImmediate(() => this.#commitPending())
  }

  #commitPending(): void {
    const startedMs = performance.now()
    const group = this.#pending
    this.#pending = []
    this.#pendingBytes = 0
    const firstSeq = this.#nextSeq
    try {
      this.#environment.transact(() => this.#write(group))
    } catch (error) {
      this.#nextSeq = firstSeq
      for (const { reject } of group) reject(error)
      return
    }
    const endedMs = performance.now()
    this.#restUntilMs = endedMs + Math.min(endedMs - startedMs, REST_MAX_MS)
    this.#settle(group, firstSeq)
  }

  #write(group: readonly PendingAppend[]): void {
    const time = numberKey(BigInt(this.#now()))
    for (const { messages } of group) {
      for (const message of messages) {
        this.#table.put(numberKey(BigInt(this.#nextSeq++)), concatBytes(time, message))
      }
    }
  }

  async #settle(group: readonly PendingAppend[], firstSeq: number): Promise<void> {
    try {
      await this.#environment.settled()
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    let seq = firstSeq
    for (const { messages, resolve } of group) {
      resolve(seq)
      seq += messages.length
    }
  }

  /**
   * The messages from `seq` to before `seq + count`, as far as they are committed and not removed; at
   * least one, and no more behind the one that makes them longer than `maxBytes`.
   * @throws StoreCorruptedError when a message is damaged or missing
   */
  read(seq: number, count: number, maxBytes = Number.POSITIVE_INFINITY): LoggedMessage[] {
    return this.#environment.snapshot(() => {
      const start = Math.max(seq, this.firstSeq)
      const end = Math.min(seq + count, this.#nextSeq)
      if (start >= end) return []
      const messages: LoggedMessage[] = []
      let bytesLeft = maxBytes
      for (const { key, value } of this.#table.range(keyOf(start), keyOf(end))) {
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

  /** Within a transaction: removes the oldest messages that need not be kept, `count` at most. */
  prune({ maxMessages, maxAgeMs }: LogRetention, count: number): number {
    assert(maxMessages > 0, 'the newest message is kept')
    const oldestTime = BigInt(Math.max(0, this.#now() - maxAgeMs))
    const newest = this.#nextSeq - 1
    const keys: Uint8Array[] = []
    for (const { key, value } of this.#table.range(keyOf(0), keyOf(Math.max(0, newest)))) {
      const isOld = numberAt(value) < oldestTime
      const isBeyond = Number(numberAt(key)) < this.#nextSeq - maxMessages
      if (keys.length === count || !(isOld || isBeyond)) break
      keys.push(key)
    }
    for (const key of keys) this.#table.remove(key)
    return keys.length
  }

  get #table() {
    return this.#environment.tables.shredLog
  }

  #storedNextSeq(): number {
    const last = this.#environment.snapshot(() => this.#table.last())
    return last === undefined ? 0 : Number(numberAt(last.key)) + 1
  }
}

function keyOf(seq: number): Uint8Array {
  return numberKey(BigInt(seq))
}
