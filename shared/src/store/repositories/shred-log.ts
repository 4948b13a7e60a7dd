/**
 * The shred log: every message of the stream by its `seq`, without a gap, written before it is sent.
 * What is appended in one turn of the event loop is one transaction (group commit); in a flood the log
 * rests between two transactions as long as the last one took, so that half of the thread's time is left.
 */

import { BaseError } from '../../primitives/base-error.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import type { Environment } from '../environment.ts'
import { numberKey } from '../keys.ts'
import type { LogTable } from '../tables.ts'
import { LoggedMessages } from './logged-messages.ts'

/** More waits for its commit than the log takes in one turn: the caller must wait for it too. */
export class ShredLogBusyError extends BaseError {
  override readonly name = 'Store.ShredLogBusyError'
}

interface PendingAppend {
  readonly messages: readonly Uint8Array[]
  resolve(firstSeq: number): void
  reject(error: unknown): void
}

const PENDING_BYTES_MAX = 256 * 2 ** 20
/** A slow disk does not hold messages back for longer. */
const REST_MAX_MS = 2

export class ShredLog extends LoggedMessages {
  #pending: PendingAppend[] = []
  #pendingBytes = 0
  #nextSeq: number
  #restUntilMs = 0

  constructor(environment: Environment<LogTable>, now: () => number = Date.now) {
    super(environment, now)
    this.#nextSeq = super.nextSeq
  }

  override get nextSeq(): number {
    return this.#nextSeq
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
      this.environment.transact(() => this.#write(group))
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
    const time = numberKey(BigInt(this.now()))
    for (const { messages } of group) {
      for (const message of messages) {
        this.table.put(numberKey(BigInt(this.#nextSeq++)), concatBytes(time, message))
      }
    }
  }

  async #settle(group: readonly PendingAppend[], firstSeq: number): Promise<void> {
    try {
      await this.environment.settled()
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
}
